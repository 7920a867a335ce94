"""Choose layers of a model: by name, glob pattern, module type or predicate."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from torch import nn
from torch.nn.modules.loss import _Loss
from torch.nn.utils.parametrize import is_parametrized

One = str | type[nn.Module]
Layers = One | Iterable[One] | Callable[[str, nn.Module], bool] | None


class Tree:
    """The modules of a model and its parameters, by name and each once, as `nn.Module` lists them.

    Every look needs them, so they are found in one walk, and kept until `changed` says that the model is another.
    """

    def __init__(self, model: nn.Module) -> None:
        self.modules: dict[str, nn.Module] = {}
        self.parameters: dict[str, nn.Parameter] = {}
        self._root = unwrapped(model)
        self._grow("", self._root, set())
        self._parts = [(module, dict(module._modules), _own(module)) for module in self.modules.values()]

    def changed(self, model: nn.Module) -> bool:
        """Whether a module or a parameter has come, gone or been replaced."""
        if unwrapped(model) is not self._root:
            return True
        return any(module._modules != children or _own(module) != own for module, children, own in self._parts)

    def _grow(self, name: str, module: nn.Module, seen: set[object]) -> None:
        seen.add(module)
        self.modules[name] = module
        prefix = f"{name}." if name else ""
        for own, parameter in module._parameters.items():
            if parameter is not None and parameter not in seen:
                seen.add(parameter)
                self.parameters[prefix + own] = parameter
        for own, child in module._modules.items():
            if child is not None and child not in seen:
                self._grow(prefix + own, child, seen)


def _own(module: nn.Module) -> list[tuple[str, int]]:
    return [(name, id(parameter)) for name, parameter in module._parameters.items()]


def select(model: nn.Module, layers: Layers = None, strict: bool = True) -> dict[str, nn.Module]:
    """The layers of `model` that `layers` names, in the model's own order.

    `layers` is a name (`"encoder.0.fc1"`), a glob pattern (`"encoder.*"`: the layers that match and
    compute something themselves, or if there are none the containers that match), a module type,
    several of these, or a predicate `(name, module) -> bool`. By default every layer that computes
    something itself: one without children, or with parameters of its own, but no loss. A model that
    is itself a layer goes by the name of its type; a layer reached under two names counts under its
    first.

    Raises `LookupError` for a name, pattern or type that the model does not have, with what comes
    closest; without `strict` it is left out.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"only an nn.Module has layers to see, and this is a {type(model).__name__}")
    model = unwrapped(model)
    found = {name or root(model): module for name, module in model.named_modules()}
    if layers is None:
        return {name: module for name, module in found.items() if _computes(name, module)}
    if callable(layers) and not isinstance(layers, type):
        return {name: module for name, module in found.items() if layers(name, module)}
    wanted: list[Any] = [layers] if isinstance(layers, (str, type)) else list(layers)
    known = found | {name: module for name, module in model.named_modules(remove_duplicate=False) if name}
    names = {name for one in wanted for name in _find(found, known, one, strict)}
    return {name: module for name, module in known.items() if name in names}


def root(model: nn.Module) -> str:
    """What the model itself goes by among its layers: the name of its type."""
    label = type(model).__name__
    return f"{label}()" if label in dict(model.named_children()) else label


def unwrapped(model: nn.Module) -> nn.Module:
    """The user's own model inside `DistributedDataParallel`, `DataParallel` and `torch.compile`; we go by its names."""
    return _shells(model)[-1]


def compiled(model: nn.Module, own: Mapping[str, nn.Module]) -> set[str]:
    """Which of the model's own modules run as code of `torch.compile`'s, in which no hook has a place."""
    if any(_compiles(shell) for shell in _shells(model)):
        return {name or root(own[""]) for name in own}
    roots = tuple([f"{name}." for name, module in own.items() if _compiles(module)])
    return {name for name in own if f"{name}.".startswith(roots)} if roots else set()


def _shells(model: nn.Module) -> list[nn.Module]:
    """The model with all that is wrapped around it, from the outside."""
    shells = [model]
    while (inner := _inner(shells[-1])) is not None:
        shells.append(inner)
    return shells


def _inner(model: nn.Module) -> nn.Module | None:
    wrapped = isinstance(model, (nn.parallel.DistributedDataParallel, nn.DataParallel))
    inner = getattr(model, "module" if wrapped else "_orig_mod", None)  # the latter after torch.compile
    return inner if isinstance(inner, nn.Module) else None


def _compiles(module: nn.Module) -> bool:
    """After `torch.compile(module)` or `module.compile()`."""
    return module._compiled_call_impl is not None or "_orig_mod" in module._modules


def _find(found: Mapping[str, nn.Module], known: Mapping[str, nn.Module], one: One, strict: bool) -> list[str]:
    """The names that one wish means; `known` are those of `found` and the other names of shared layers."""
    if isinstance(one, type):
        matching = [name for name, module in found.items() if isinstance(module, one)]
    elif one in known:
        return [one]
    else:
        matching = [name for name in found if fnmatchcase(name, str(one))]
        matching = [name for name in matching if _computes(name, found[name])] or matching
    if strict and not matching:
        raise LookupError(_missing(found, one))
    return matching


def _missing(found: Mapping[str, nn.Module], one: One) -> str:
    if isinstance(one, type):
        kinds = dict.fromkeys(type(module).__name__ for module in found.values())
        return f"the model has no layer of type {one.__name__}; its types are: {', '.join(kinds)}"
    close = difflib.get_close_matches(str(one), found, n=3, cutoff=0.4) or list(found)[:8]
    return f"the model has no layer named {one!r}; the closest names are: {', '.join(close)}"


def _computes(name: str, module: nn.Module) -> bool:
    """A layer does work of its own; a container only holds others and is often never called."""
    kind: Any = type(module)
    if not _callable(kind) and "forward" not in vars(module):  # ModuleList, ParameterDict, ...
        return False
    if "parametrizations" in name.split("."):  # these compute a weight, not an activation
        return False
    if isinstance(module, _Loss):  # what comes behind the last layer
        return False
    own = next(module.parameters(recurse=False), None) is not None or is_parametrized(module)
    return own or next(module.children(), None) is None


@lru_cache(maxsize=1000)
def _callable(kind: type) -> bool:
    return inspect.getattr_static(kind, "forward", None) is not nn.Module.forward
