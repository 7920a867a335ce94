"""What is wrapped around the user's own model: `DistributedDataParallel`, `DataParallel`, `torch.compile`."""

from collections.abc import Mapping

from torch import nn


def unwrapped(model: nn.Module) -> nn.Module:
    """The user's own model inside all wrappers; layers and parameters go by its names."""
    return _shells(model)[-1]


def root_name(model: nn.Module) -> str:
    """What the model itself is called among its layers: the name of its type."""
    name = type(model).__name__
    return f"{name}()" if name in dict(model.named_children()) else name


def compiled_layers(model: nn.Module, modules: Mapping[str, nn.Module]) -> set[str]:
    """Which of the model's own modules run as compiled code, in which no hook has a place."""
    if any(_is_compiled(shell) for shell in _shells(model)):
        return {name or root_name(modules[""]) for name in modules}
    roots = tuple([f"{name}." for name, module in modules.items() if _is_compiled(module)])
    return {name for name in modules if f"{name}.".startswith(roots)} if roots else set()


def _shells(model: nn.Module) -> list[nn.Module]:
    """The model as it was given, what is inside that, and so on: the user's own model is the last."""
    shells = [model]
    while (inner := _inner(shells[-1])) is not None:
        shells.append(inner)
    return shells


def _inner(model: nn.Module) -> nn.Module | None:
    wrapped = isinstance(model, (nn.parallel.DistributedDataParallel, nn.DataParallel))
    inner = getattr(model, "module" if wrapped else "_orig_mod", None)  # torch.compile calls it _orig_mod
    return inner if isinstance(inner, nn.Module) else None


def _is_compiled(module: nn.Module) -> bool:
    """After `torch.compile(module)` or `module.compile()`."""
    return module._compiled_call_impl is not None or "_orig_mod" in module._modules
