"""See what flows through a model: outputs on the way forward, gradients on the way back.

This is the only file that registers a hook. Hooks live inside a `with` block and nowhere else,
they return nothing, they keep no graph alive, and they store nothing on the model.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

Keep = Callable[[Tensor], Any]
Layers = str | Iterable[str] | type[nn.Module] | Iterable[type[nn.Module]] | Callable[[str, nn.Module], bool] | None


class Tape:
    """What one `record` block saw: a value for each call of each layer, in call order.

    Keys name the layer, the call and the place in a nested output: `fc1`, `relu#2` (the second
    call), `lstm[0]`, `head['logits']`; `layers` maps each key to its layer's name alone.
    """

    def __init__(self, layers: Iterable[str], keep: Keep, keep_gradient: Keep) -> None:
        self.outputs: dict[str, Any] = {}
        self.layers: dict[str, str] = {}
        self._gradients: dict[str, Any] = {}
        self._keep, self._keep_gradient = keep, keep_gradient
        self._calls = dict.fromkeys(layers, 0)
        self._handles: dict[str, Any] = {}

    @property
    def gradients(self) -> dict[str, Any]:
        """d loss / d output under the keys of `outputs`, in call order; absent where none flowed."""
        return {key: self._gradients[key] for key in self.outputs if key in self._gradients}

    @property
    def silent(self) -> list[str]:
        """Layers that were hooked but gave no tensor: never called, fused, compiled, or opaque output."""
        heard = set(self.layers.values())
        return [name for name in self._calls if name not in heard]

    def _write(self, layer: str, output: Any) -> None:
        self._calls[layer] += 1
        call = layer if self._calls[layer] == 1 else f"{layer}#{self._calls[layer]}"
        for place, tensor in _tensors(output):
            self.layers[call + place] = layer
            with torch.no_grad():
                self.outputs[call + place] = self._keep(tensor.detach())
            self._listen(call + place, tensor)

    def _repeat(self, layer: str, output: Any) -> None:
        """Reentrant checkpointing has a graph only when it repeats a call; which of several, nobody can tell."""
        if self._calls[layer] == 1:
            for place, tensor in _tensors(output):
                self._listen(layer + place, tensor)

    def _listen(self, key: str, tensor: Tensor) -> None:
        if tensor.requires_grad and key not in self._handles and not torch.compiler.is_compiling():
            self._handles[key] = tensor.register_hook(_GradientHook(self, key))  # type: ignore[no-untyped-call]

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
        if not _transforming():
            write = self._tape._repeat if _recomputing() else self._tape._write
            write(self._layer, output)

    def __reduce__(self) -> tuple[type["_Inert"], tuple[()]]:
        return _Inert, ()


class _Inert:
    """What is left of a hook on a copy of the model: nothing happens."""

    def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
        pass


class _GradientHook:
    """A tensor hook that knows its key and never its tensor: closing over the tensor leaks the graph."""

    def __init__(self, tape: Tape, key: str) -> None:
        self._tape, self._key = tape, key

    def __call__(self, gradient: Tensor | None) -> None:
        if gradient is None:  # the loss used another output of the same operation
            return
        with torch.no_grad():
            self._tape._gradients[self._key] = self._tape._keep_gradient(gradient.detach())


@contextmanager
def record(
    model: nn.Module, layers: Layers = None, keep: Keep = torch.clone, keep_gradient: Keep | None = None
) -> Iterator[Tape]:
    """Record every layer's output, and the loss's gradient with respect to it, inside a `with` block.

    `layers` chooses what to hook: names, a module type (or several), or a predicate
    `(name, module) -> bool`; by default every layer that computes something itself (no children,
    or parameters of its own). A layer reached under two names counts under its first.

    `keep` turns each output and each gradient into what the tape stores, at once, because an
    in-place operation may overwrite the tensor right afterwards. The default is a copy; a
    reduction such as `stats.norm` stores one number. It gets a detached tensor and must not edit it.
    `keep_gradient` does the same for gradients where they are to be kept differently.

    Hooks of the model's own that were registered earlier run first, so the tape has what the next
    layer gets. The passes that activation checkpointing repeats are not recorded twice. A second
    backward pass overwrites the gradients of the first.

    What is missing is missing, never guessed: calls inside `torch.vmap` are left out, a model
    compiled inside the block gives outputs without gradients (one compiled earlier gives nothing,
    see `Tape.silent`), and so does a view that the next layer overwrites in place, as `nn.Flatten`
    before `nn.ReLU(inplace=True)`.

    Raises `LookupError` for an unknown name, with the closest names there are.
    """
    chosen = select(model, layers)
    tape = Tape(chosen, keep, keep_gradient or keep)
    handles = [module.register_forward_hook(_Hook(tape, name)) for name, module in chosen.items()]
    try:
        yield tape
    finally:
        for handle in handles:
            handle.remove()
        tape._close()


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """The gradient of every parameter, by name, as it stands now.

    Call it where the question is: after `backward`, after `unscale_`, after clipping. A parameter
    without a gradient is left out (that is not the same as a gradient of zero), and a tied
    parameter counts once, under its first name. The tensors are the model's own, not copies.
    """
    return {name: p.grad.detach() for name, p in model.named_parameters() if p.grad is not None}


def select(model: nn.Module, layers: Layers = None) -> dict[str, nn.Module]:
    """The layers that `record` would hook, by name; see there for what `layers` may be."""
    named = {name or type(model).__name__: module for name, module in model.named_modules()}
    if layers is None:
        return {name: module for name, module in named.items() if _computes(name, module)}
    if callable(layers) and not isinstance(layers, type):
        return {name: module for name, module in named.items() if layers(name, module)}
    wanted: list[Any] = [layers] if isinstance(layers, (str, type)) else list(layers)
    if wanted and all(isinstance(kind, type) for kind in wanted):
        return {name: module for name, module in named.items() if any(isinstance(module, kind) for kind in wanted)}
    named |= {name: module for name, module in model.named_modules(remove_duplicate=False) if name}
    return {name: _find(named, name) for name in wanted}


def _find(named: Mapping[str, nn.Module], name: str) -> nn.Module:
    if name in named:
        return named[name]
    close = difflib.get_close_matches(str(name), named, n=3, cutoff=0.4) or list(named)[:8]
    raise LookupError(f"the model has no layer named {name!r}; the closest names are: {', '.join(close)}")


def _computes(name: str, module: nn.Module) -> bool:
    """A layer does work of its own; a container only holds others and is often never called."""
    if type(module).forward is nn.Module.forward:  # ModuleList, ParameterDict, ...: cannot be called
        return False
    if "parametrizations" in name.split("."):  # these compute a weight, not an activation
        return False
    own = next(module.parameters(recurse=False), None) is not None or is_parametrized(module)
    return own or next(module.children(), None) is None


def _tensors(output: Any, place: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor inside a nested output, with the path to it as Python would write it."""
    if isinstance(output, Tensor):
        yield place, output
    elif isinstance(output, Mapping):
        for key, value in output.items():
            yield from _tensors(value, f"{place}[{key!r}]")
    elif isinstance(output, tuple) and hasattr(output, "_fields"):
        for field in output._fields:
            yield from _tensors(getattr(output, field), f"{place}.{field}")
    elif isinstance(output, (tuple, list)):
        for index, value in enumerate(output):
            yield from _tensors(value, f"{place}[{index}]")


def _transforming() -> bool:
    """Inside `vmap` and the like a tensor stands for many and has no values of its own to keep."""
    return not torch.compiler.is_compiling() and torch._C._functorch.peek_interpreter_stack() is not None


def _recomputing() -> bool:
    """Inside a backward pass a forward call is activation checkpointing's, repeating an earlier one."""
    return not torch.compiler.is_compiling() and torch._C._current_graph_task_id() != -1
