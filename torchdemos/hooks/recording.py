"""See what flows through a model: outputs on the way forward, gradients on the way back.

This is the only file that registers a hook. Hooks live inside a `with` block and nowhere else,
they return nothing, they keep no graph alive, and they store nothing on the model.
"""

import math
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils.hooks import RemovableHandle

from torchdemos.hooks import nested, torch_state
from torchdemos.hooks.layers import Layers, select, unwrapped

Keep = Callable[[Tensor], Any]
_is_exporting = getattr(torch.compiler, "is_exporting", lambda: False)  # since torch 2.7
REPLICAS = (
    "nn.DataParallel runs copies of the model on its devices, whose outputs are not seen; parameter gradients are: "
    "use DistributedDataParallel"
)


class Tape:
    """What one `record` block saw: a value for each call of each layer, in call order.

    Keys name the layer, the call and the place in a nested output: `fc1`, `relu#2` (the second
    call), `lstm[0]`, `head['logits']`. `layers` maps each key to its layer's name alone, and
    `in_pass` to what the key would be if the whole model had been called but once: the two `fc1`
    and `fc1#2` of accumulated batches are both `fc1` there. `inputs` is what each call was given
    first, where `keep_input` was.
    """

    def __init__(
        self,
        keeps: Mapping[str, Keep],
        keep_gradient: Keep,
        keep_input: Keep | None = None,
        compiled: bool = True,
    ) -> None:
        self.outputs: dict[str, Any] = {}
        self.inputs: dict[str, Any] = {}
        self.layers: dict[str, str] = {}
        self.in_pass: dict[str, str] = {}
        self._gradients: dict[str, Any] = {}
        self._keeps, self._keep_gradient, self._keep_input, self._compiled = keeps, keep_gradient, keep_input, compiled
        self._calls = dict.fromkeys(keeps, 0)
        self._calls_of_earlier_passes = dict(self._calls)
        self._repeats: dict[str, float] = dict(self._calls)
        self._handles: dict[str, Any] = {}
        self._level = 0  # of calls of the whole model inside one another
        self._thread = threading.get_ident()

    @property
    def gradients(self) -> dict[str, Any]:
        """d loss / d output under the keys of `outputs`, in call order; absent where none flowed."""
        return {key: self._gradients[key] for key in self.outputs if key in self._gradients}

    @property
    def silent(self) -> list[str]:
        """Layers that were hooked but gave no tensor: never called, fused, compiled, or opaque output."""
        heard = set(self.layers.values())
        return [name for name in self._calls if name not in heard]

    def _hear(self, layer: str, inputs: Any, output: Any) -> None:
        if torch.compiler.is_compiling():
            if self._compiled and not _is_exporting():
                self._write(layer, inputs, output)
            return
        with torch_state.private():
            if torch_state.recomputing():
                self._repeat(layer, output)
            elif not torch_state.transforming() and threading.get_ident() == self._thread:
                self._write(layer, inputs, output)

    def _write(self, layer: str, inputs: Any, output: Any) -> None:
        number = self._calls[layer] = self._calls[layer] + 1
        call, in_pass = _call(layer, number), _call(layer, number - self._calls_of_earlier_passes[layer])
        if self._keep_input and (given := next(iter(nested.tensors(inputs)), None)):
            self.inputs[call] = self._keep_input(given[1].detach())
        for place, tensor in nested.tensors(output):
            key = call + place
            self.outputs[key] = self._keeps[layer](tensor.detach())
            self.layers[key], self.in_pass[key] = layer, in_pass + place
            self._listen(key, tensor)

    def _repeat(self, layer: str, output: Any) -> None:
        """Reentrant checkpointing has a graph only when it repeats a call: the latest, if all before were repeated."""
        if self._repeats[layer] != self._calls[layer] - 1:
            self._repeats[layer] = math.inf  # which call it was nobody can tell, nor from now on
            return
        self._repeats[layer] += 1
        for place, tensor in nested.tensors(output):
            self._listen(_call(layer, self._calls[layer]) + place, tensor)

    def _enter_pass(self, level: int) -> None:
        self._level += level
        if level < 0 and self._level <= 0:
            self._calls_of_earlier_passes = dict(self._calls)

    def _listen(self, key: str, tensor: Tensor) -> None:
        if tensor.requires_grad and key not in self._handles and not torch.compiler.is_compiling():
            try:
                self._handles[key] = tensor.register_hook(_GradientHook(self, key))  # type: ignore[no-untyped-call]
            except RuntimeError:  # a view of several that was overwritten cannot be asked for its gradient
                return

    def _close(self) -> None:
        """A later backward pass through the same graph must not write into a finished tape."""
        for handle in self._handles.values():
            handle.remove()
        self._handles.clear()


class _Hook:
    """A forward hook that a copied or saved model carries as an inert object."""

    def __init__(self, tape: Tape, layer: str) -> None:
        self._tape, self._layer = tape, layer

    def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
        self._tape._hear(self._layer, args, output)

    def __reduce__(self) -> tuple[type["_Inert"], tuple[()]]:
        return _Inert, ()


class _PassHook(_Hook):
    """Before (1) and after (-1) the whole model: when the outermost of its calls is done, a pass is over."""

    def __init__(self, tape: Tape, level: int) -> None:
        self._tape, self._level = tape, level

    def __call__(self, module: nn.Module, args: Any, output: Any = None) -> None:
        if not torch.compiler.is_compiling() and not torch_state.recomputing():
            self._tape._enter_pass(self._level)


class _Inert:
    """What is left of a hook on a copy of the model: nothing happens."""

    def __call__(self, module: nn.Module, args: Any, output: Any = None) -> None:
        pass


class _GradientHook:
    """A tensor hook that knows its key and never its tensor: closing over the tensor leaks the graph."""

    def __init__(self, tape: Tape, key: str) -> None:
        self._tape, self._key = tape, key

    def __call__(self, gradient: Tensor | None) -> None:
        if gradient is None:  # the loss used another output of the same operation
            return
        with torch_state.private():
            try:
                gradient = gradient.detach()
            except RuntimeError:  # a batched backward pass: many gradients in one, and none of them to be had
                return
            self._tape._gradients[self._key] = self._tape._keep_gradient(gradient)


@contextmanager
def hold_gradients(parameters: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """The gradients that parameters get inside a `with` block, by name, even if `zero_grad` drops them before its end.

    They are the parameters' own tensors, so what clipping or unscaling does to them later shows.
    """
    held: dict[str, Tensor] = {}
    handles = [
        parameter.register_post_accumulate_grad_hook(_Hold(held, name))  # type: ignore[no-untyped-call]
        for name, parameter in parameters.items()
        if parameter.requires_grad and parameter.is_leaf and not is_lazy(parameter)
    ]
    try:
        yield held
    finally:
        for handle in handles:
            handle.remove()


class _Hold:
    """A hook on a parameter that knows its name only."""

    def __init__(self, held: dict[str, Tensor], name: str) -> None:
        self._held, self._name = held, name

    def __call__(self, parameter: Tensor) -> None:
        if parameter.grad is not None:
            self._held[self._name] = parameter.grad


@contextmanager
def record(
    model: nn.Module,
    layers: Layers = None,
    keep: Keep | Mapping[str, Keep] = torch.clone,
    keep_gradient: Keep | None = None,
    compiled: bool = True,
    keep_input: Keep | None = None,
) -> Iterator[Tape]:
    """Record every layer's output, and the loss's gradient with respect to it, inside a `with` block.

    `layers` chooses what to hook: names, glob patterns, module types or a predicate, see
    `layers.select`; by default every layer that computes something itself.

    `keep` turns each output and each gradient into what the tape stores, at once, because an
    in-place operation may overwrite the tensor right afterwards. The default is a copy; a
    reduction such as `stats.norm` stores one number. It gets a detached tensor and must not edit it.
    It may be a mapping with a function for each layer. `keep_gradient` does the same for gradients
    where they are to be kept differently (as they must, beside a mapping), and `keep_input` for the
    first tensor that each call is given (by position), which is not kept otherwise.

    Hooks of the model's own that were registered earlier run first, so the tape has what the next
    layer gets. The passes that activation checkpointing repeats are not recorded twice. A second
    backward pass overwrites the gradients of the first.

    What is missing is missing, never guessed: calls inside `torch.vmap` or in another thread are
    left out, a model compiled inside the block gives outputs without gradients (one compiled
    earlier gives nothing, see `Tape.silent`; with `compiled=False` none does, and the compiled code
    is that of an unwatched model), and so does a view that the next layer overwrites in place, as
    `nn.Flatten` before `nn.ReLU(inplace=True)`. `nn.DataParallel` gets a warning.

    Raises `LookupError` for an unknown name, pattern or type, with what comes closest.
    """
    chosen = select(model, layers)
    if isinstance(model, nn.DataParallel):
        warnings.warn(REPLICAS, stacklevel=3)
    keeps: Mapping[str, Keep] = keep if isinstance(keep, Mapping) else dict.fromkeys(chosen, keep)
    of_outputs = {name: _without_graph(keeps[name]) for name in chosen}
    of_gradients = _without_graph(keep_gradient or keep)  # type: ignore[arg-type]
    of_inputs = _without_graph(keep_input) if keep_input else None
    with recording(model, chosen, Tape(of_outputs, of_gradients, of_inputs, compiled)) as tape:
        yield tape


@contextmanager
def recording(model: nn.Module, chosen: Mapping[str, nn.Module], tape: Tape) -> Iterator[Tape]:
    """Have a tape record the chosen layers of a model; what it keeps must be made without a graph."""
    handles = [handle for name, module in chosen.items() for handle in _attach(module, _Hook(tape, name))]
    if chosen:
        handles += _attach(unwrapped(model), _PassHook(tape, -1), _PassHook(tape, 1))
    try:
        yield tape
    finally:
        for handle in handles:
            handle.remove()
        tape._close()


def _without_graph(keep: Keep) -> Keep:
    def kept(tensor: Tensor) -> Any:
        with torch.no_grad():
            return keep(tensor)

    return kept


def _attach(module: nn.Module, hook: _Hook, before: _Hook | None = None) -> list[RemovableHandle]:
    try:
        handles = [module.register_forward_hook(hook)]
        return [*handles, module.register_forward_pre_hook(before)] if before else handles
    except RuntimeError:  # scripted modules run outside Python: silent
        return []


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """The gradient of every parameter, by name, as it stands now.

    Call it where the question is: after `backward`, after `unscale_`, after clipping. A parameter
    without a gradient is left out (that is not the same as a gradient of zero), and a tied
    parameter counts once, under its first name. The tensors are the model's own, not copies.
    """
    return {name: p.grad.detach() for name, p in unwrapped(model).named_parameters() if p.grad is not None}


def _call(layer: str, number: int) -> str:
    return layer if number == 1 else f"{layer}#{number}"
