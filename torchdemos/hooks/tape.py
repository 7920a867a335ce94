"""The tape: what the hooks of one `record` block kept, and the hooks that write it.

A hook returns nothing, keeps no graph alive and stores nothing on the model.
"""

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from torchdemos.hooks import torch_state
from torchdemos.hooks.inert import ModuleHook
from torchdemos.hooks.nested import first_tensor, nested_tensors
from torchdemos.hooks.output_gradients import Keep, OutputGradients
from torchdemos.hooks.removal import Hooks, Removable
from torchdemos.hooks.seeing import see_gradient
from torchdemos.hooks.sources import Sources

KeepOutput = Callable[[str, str, Any, Tensor], Any]  # of layer, path, what the layer was given, and its output
_is_exporting = getattr(torch.compiler, "is_exporting", lambda: False)  # PyTorch has it from 2.7 on


class Tape:
    """What one `record` block saw: a value for each call of each layer, in call order.

    `outputs` maps a key to what `keep` made of that output. A key names the layer, the call and the place
    in a nested output: `fc1`, `relu#2` (the second call), `lstm[0]`, `head['logits']`. `gradients` maps
    the same keys to what `keep` made of d loss / d output; a key is absent where no gradient flowed.
    `silent` lists the layers that gave no tensor. `inputs` maps each call to what `keep_input` made of its
    first tensor. `layers` maps each key to its layer's name. `fed_by` maps it to the layer with parameters
    whose output the call was given, perhaps through layers without any; if operations came between, to the
    one that was called last before it. `in_pass` maps each key to the key that it would have if the whole
    model had been called only once: in accumulated batches the keys `fc1` and `fc1#2` are both `fc1` there.

    ```python
    from torchdemos import Tape, record

    with record(model) as tape:
        loss_fn(model(inputs), targets).backward()
    assert isinstance(tape, Tape)
    for key, output in tape.outputs.items():
        print(key, output.shape, tape.gradients[key].norm())
    ```
    """

    def __init__(
        self,
        layers: Iterable[str],
        keep_output: KeepOutput,
        keep_gradient: Keep,
        keep_input: Keep | None = None,
        compiled: bool = True,
        before_backward: Callable[[], None] | None = None,
        after_backward: Callable[[], None] | None = None,
        parameters: Sequence[Tensor] = (),
    ) -> None:
        self.outputs: dict[str, Any] = {}
        self.inputs: dict[str, Any] = {}
        self.layers: dict[str, str] = {}
        self.fed_by: dict[str, str] = {}
        self.in_pass: dict[str, str] = {}
        self._gradients = OutputGradients(keep_gradient, before_backward, after_backward, parameters)
        self._keep_output, self._keep_input, self._compiled = keep_output, keep_input, compiled
        self._calls = dict.fromkeys(layers, 0)
        self._calls_before_pass = dict(self._calls)
        self._repeated_calls: dict[str, float] = dict(self._calls)
        self._hooks = Hooks()
        self._gradient_hooks: dict[str, Removable] = {}
        self._repeated_keys: set[str] = set()  # those of gradient hooks on the graph of a repeated call
        self._sources = Sources()
        self._pass_depth = 0  # calls of the whole model that are inside one another
        self._thread = threading.get_ident()

    @property
    def gradients(self) -> dict[str, Any]:
        """d loss / d output under the keys of `outputs`, in call order; absent where no gradient flowed."""
        kept = self._gradients.kept
        return {key: kept[key] for key in self.outputs if key in kept}

    @property
    def silent(self) -> list[str]:
        """Layers that were hooked but gave no tensor: never called, fused, compiled, or with an opaque output."""
        heard = set(self.layers.values())
        return [name for name in self._calls if name not in heard]

    def __getstate__(self) -> dict[str, Any]:
        """A copy has all that was kept, and records nothing more."""
        kept = ("outputs", "inputs", "layers", "fed_by", "in_pass", "_gradients", "_calls")
        return {name: getattr(self, name) for name in kept}

    def begin(self, hooks: Hooks) -> None:
        """Put gradient hooks among these: a backward pass after the block must not write here."""
        self._hooks = hooks
        hooks.at_end(self._gradients.forget)

    def _on_forward(self, layer: str, has_parameters: bool, inputs: Any, output: Any) -> None:
        """Keep what a call of a layer was given and gave."""
        if torch.compiler.is_compiling():
            if self._compiled and not _is_exporting():
                self._keep_call(layer, "", inputs, nested_tensors(output))
            return
        with torch_state.outside_modes():
            if torch_state.inside_backward():
                self._hook_repeated_call(layer, output)
            elif not torch_state.inside_transform() and threading.get_ident() == self._thread:
                source = layer if has_parameters else self._sources.find(layer, inputs)
                found = nested_tensors(output)
                self._keep_call(layer, source, inputs, found)
                self._sources.remember(source, found)

    def _on_pass(self, change: int) -> None:
        """Note that a call of the whole model begins (1) or ends (-1): when the outermost ends, a pass is over."""
        self._pass_depth += change
        if change < 0 and self._pass_depth <= 0:
            self._calls_before_pass = dict(self._calls)

    def _keep_call(self, layer: str, source: str, inputs: Any, found: Sequence[tuple[str, Tensor]]) -> None:
        number = self._calls[layer] = self._calls[layer] + 1
        call = self._call_key(layer, number)
        in_pass = self._call_key(layer, number - self._calls_before_pass[layer])
        if self._keep_input and (first := first_tensor(inputs)) is not None:
            self.inputs[call] = self._keep_input(first.detach())
        for path, tensor in found:
            key = call + path
            self.outputs[key] = self._keep_output(layer, path, inputs, tensor)
            self.layers[key], self.fed_by[key], self.in_pass[key] = layer, source, in_pass + path
            self._hook_gradient(key, tensor)

    def _hook_repeated_call(self, layer: str, output: Any) -> None:
        """Hook the gradients of the latest call when checkpointing repeats it: reentrant checkpointing has no other
        graph. Which call is repeated is known only if all earlier ones were repeated before, or if there is only one.
        Each backward pass repeats it, and then its hooks are on a graph of that pass."""
        if self._calls[layer] != 1 and self._repeated_calls[layer] != self._calls[layer] - 1:
            self._repeated_calls[layer] = math.inf  # from now on nobody can tell which call it is
            return
        self._repeated_calls[layer] += 1
        self._gradients.notice_pass()  # the repeated graph has a pass of its own inside this one
        for path, tensor in nested_tensors(output):
            key = self._call_key(layer, self._calls[layer]) + path
            if key in self._repeated_keys:
                self._gradient_hooks.pop(key).remove()
            if self._hook_gradient(key, tensor):
                self._repeated_keys.add(key)

    def _call_key(self, layer: str, number: int) -> str:
        key = layer if number == 1 else f"{layer}#{number}"
        return key if key == layer or key not in self._calls else f"{key}'"  # another layer may have that name

    def _hook_gradient(self, key: str, tensor: Tensor) -> bool:
        """Hook the gradient of an output, unless that was done; say whether it was done now."""
        if not tensor.requires_grad or key in self._gradient_hooks or torch.compiler.is_compiling():
            return False
        if hook := see_gradient(self._hooks, tensor, partial(self._gradients.add, key)):
            self._gradient_hooks[key] = hook
        return hook is not None


class PassHook(ModuleHook):
    """A hook before (1) or after (-1) every call of the whole model."""

    def __init__(self, tape: Tape, change: int) -> None:
        self._tape, self._change = tape, change

    def __call__(self, module: nn.Module, args: Any, output: Any = None) -> None:
        if not torch.compiler.is_compiling() and not torch_state.inside_backward():
            self._tape._on_pass(self._change)
