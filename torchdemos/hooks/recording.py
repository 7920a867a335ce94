"""Record what flows through a model: outputs on the way forward, gradients on the way back.

Hooks live inside a `with` block and nowhere else.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from torchdemos.hooks import fused_layers, torch_state
from torchdemos.hooks.layers import Layers, select
from torchdemos.hooks.output_gradients import Keep
from torchdemos.hooks.removal import Hooks, removed_at_end
from torchdemos.hooks.seeing import see_calls
from torchdemos.hooks.tape import PassHook, Tape
from torchdemos.hooks.wrappers import unwrapped

REPLICAS = (
    "nn.DataParallel runs copies of the model on its devices, whose outputs are not seen; parameter gradients are: "
    "use DistributedDataParallel"
)


NO_LAYERS: Mapping[str, nn.Module] = {}


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

    `layers` chooses what to hook: a name, a glob pattern, a module type, several of these, or a predicate
    `(name, module) -> bool`; see `layers.select`. By default it is every layer that computes something itself.

    `keep` turns each output and each gradient into what the tape stores. It runs at once, because an
    in-place operation may overwrite the tensor right afterwards. The default is a copy; a reduction such as
    `torch.Tensor.norm` stores one number. It gets a detached tensor and must not edit it. It may be a mapping
    with a function for each layer. `keep_gradient` does the same for gradients where they are to be kept
    differently; beside a mapping it is required. `keep_input` does it for the first tensor that each call
    is given by position; without it inputs are not kept.

    Hooks of the model's own that were registered earlier run first, so the tape has what the next
    layer gets. A pass that activation checkpointing repeats is not recorded twice. The gradients
    of an output add up over backward passes, as those of parameters do. A pass that adds to no parameter's
    gradient, as `torch.autograd.grad` does, counts only for outputs that no other pass reaches.

    What is missing is missing, never guessed. Calls inside `torch.vmap` or in another thread are left out.
    A model compiled before the block gives nothing (see `Tape.silent`); one compiled inside the block gives
    outputs without gradients, or with `compiled=False` nothing, and then its code is that of an unrecorded
    model. A view that the next layer overwrites in place has no gradient, as `nn.Flatten` before
    `nn.ReLU(inplace=True)`. `nn.DataParallel` gets a warning.

    Raises `LookupError` for an unknown name, pattern or type, with what comes closest, and `TypeError` for
    a model that is no `nn.Module`.

    ```python
    from torchdemos import record

    with record(model, keep=lambda tensor: tensor.norm()) as tape:
        loss_fn(model(inputs), targets).backward()
    print(tape.outputs, tape.gradients)
    ```
    """
    chosen = select(model, layers)
    if isinstance(model, nn.DataParallel):
        warnings.warn(REPLICAS, stacklevel=3)
    keeps: Mapping[str, Keep] = keep if isinstance(keep, Mapping) else dict.fromkeys(chosen, keep)
    of_outputs = {name: _without_graph(keeps[name], f"the output of layer {name!r}") for name in chosen}

    def keep_output(layer: str, path: str, inputs: Any, output: Tensor) -> Any:
        return of_outputs[layer](output.detach())

    of_gradients = _without_graph(keep_gradient or keep, "the gradient of an output")  # type: ignore[arg-type]
    of_inputs = _without_graph(keep_input, "the input of a layer") if keep_input else None
    tape = Tape(chosen, keep_output, of_gradients, of_inputs, compiled, parameters=list(model.parameters()))
    with removed_at_end() as hooks:
        hook_tape(hooks, tape, model, chosen)
        yield tape


def hook_tape(
    hooks: Hooks,
    tape: Tape,
    model: nn.Module,
    layers: Mapping[str, nn.Module],
    passes: bool = True,
    fused: Mapping[str, nn.Module] = NO_LAYERS,
    evaluated: Callable[[str], None] = lambda name: None,
) -> None:
    """Let a tape record some layers of a model, and with `passes` tell passes of the whole model apart.

    What the tape keeps must be made without a graph. Layers inside `fused` ones are recorded while those train, see
    `fused_layers.hook`.
    """
    tape.begin(hooks)
    fused_layers.hook(hooks, model, layers, partial(_hook_layer, tape), fused, evaluated)
    if layers and passes and ("" not in fused or fused[""].training):
        _hook_passes(hooks, tape, unwrapped(model))


def _without_graph(keep: Keep, what: str) -> Keep:
    def kept(tensor: Tensor) -> Any:
        try:
            return torch_state.without_graph(keep, tensor)
        except Exception as error:
            error.add_note(f"torchdemos.record called keep on {what}: {tensor.dtype}, {list(tensor.shape)}")
            raise

    return kept


def _hook_layer(tape: Tape, hooks: Hooks, name: str, module: nn.Module) -> None:
    see_calls(hooks, module, partial(tape._on_forward, name, _has_parameters(module)))


def _has_parameters(module: nn.Module) -> bool:
    if module._modules:
        return next(module.parameters(), None) is not None
    return any(parameter is not None for parameter in module._parameters.values())  # the same, and three times as fast


def _hook_passes(hooks: Hooks, tape: Tape, model: nn.Module) -> None:
    with suppress(RuntimeError):
        hooks.attach(model, model.register_forward_pre_hook, PassHook(tape, 1))
        hooks.attach(model, model.register_forward_hook, PassHook(tape, -1), always_call=True)  # also if it raises
