"""K models of one architecture trained in one batched pass, each with a learning rate of its own."""

import copy
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from torchdemos.lab.losses import LossFunction

Stacked = dict[str, Tensor]  # parameter name -> [K, ...]


def stack(models: Sequence[nn.Module]) -> Stacked:
    """Stack the models' parameters. Each model's own parameters become views of the stack, so both stay equal.

    Raises ValueError if there is no model, if their parameters differ in name or shape, or if one has buffers, which
    a batched pass could not update.
    """
    shapes = [{name: p.shape for name, p in model.named_parameters()} for model in models]
    if not models or any(shape != shapes[0] for shape in shapes):
        raise ValueError("an ensemble needs at least one model, and all of the same architecture")
    if any(True for _ in models[0].buffers()):
        raise ValueError("an ensemble cannot hold buffers (batch norm's running statistics, say)")
    stacked = {name: p.detach().clone() for name, p in stack_module_state(list(models))[0].items()}
    for k, model in enumerate(models):
        for name, parameter in model.named_parameters():
            parameter.data = stacked[name][k]
    return stacked


def gradients(
    model: nn.Module, stacked: Stacked, inputs: Tensor, targets: Tensor, loss_fn: LossFunction
) -> tuple[Stacked, Tensor]:
    """The gradients {name: [K, ...]} and losses [K] of all models for one batch that they share.

    Only the structure of `model` is used, never its weights.
    """

    def loss(parameters: Stacked) -> Tensor:
        return loss_fn(functional_call(model, parameters, (inputs,)), targets)

    found: tuple[Stacked, Tensor] = vmap(grad_and_value(loss))(stacked)
    return found


def train(
    models: Sequence[nn.Module],
    batches: Iterable[tuple[Tensor, Tensor]],
    loss_fn: LossFunction,
    learning_rates: Sequence[float],
    momentum: float = 0.0,
) -> Iterator[tuple[int, Tensor]]:
    """Train all models on the same batches by SGD and yield (step, losses [K]) after each update.

    The models themselves learn, as they would one by one but for rounding. One batched pass is faster where a model
    is so small or so deep that calls cost more than arithmetic.

    Raises ValueError unless there is one learning rate for each model, and what `stack` raises.
    """
    if len(learning_rates) != len(models):
        raise ValueError(f"{len(models)} models need as many learning rates, got {len(learning_rates)}")
    stacked, structure = stack(models), copy.deepcopy(models[0]).to("meta")
    rates = {name: _column(learning_rates, p) for name, p in stacked.items()}
    velocity = {name: torch.zeros_like(p) for name, p in stacked.items()}
    for step, (inputs, targets) in enumerate(batches):
        slopes, losses = gradients(structure, stacked, inputs, targets, loss_fn)
        for name, parameter in stacked.items():
            velocity[name].mul_(momentum).add_(slopes[name])
            parameter.sub_(rates[name] * velocity[name])
        yield step, losses


def _column(numbers: Sequence[float], like: Tensor) -> Tensor:
    """Reshape [K] to [K, 1, ...], which multiplies a stacked parameter."""
    return torch.tensor(numbers, dtype=like.dtype, device=like.device).view(-1, *[1] * (like.dim() - 1))
