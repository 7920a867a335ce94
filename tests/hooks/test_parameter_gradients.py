"""What backward adds to a parameter's gradient is noticed before it is added."""

from small import backward, small
from torch import Tensor

from torchdemos.hooks import before_accumulation
from torchdemos.hooks.removal import removed_at_end


def test_every_accumulation_is_noticed_with_the_gradient_so_far() -> None:
    model, noticed = small(), list[tuple[str, bool]]()

    def notice(name: str, parameter: Tensor) -> None:
        noticed.append((name, parameter.grad is None))

    with removed_at_end() as hooks:
        before_accumulation(hooks, dict(model.named_parameters()), notice)
        backward(model)
        backward(model)
    backward(model)  # outside
    names = {name for name, _ in model.named_parameters()}
    assert {name for name, fresh in noticed if fresh} == {name for name, fresh in noticed if not fresh} == names
    assert len(noticed) == 2 * len(names)
    assert not any(p._backward_hooks for p in model.parameters())


def test_frozen_parameters_have_no_hook() -> None:
    model = small()
    model[0].requires_grad_(False)
    with removed_at_end() as hooks:
        before_accumulation(hooks, dict(model.named_parameters()), lambda name, parameter: None)
        assert not model[0].weight._backward_hooks and model[2].weight._backward_hooks
