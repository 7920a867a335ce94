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

from torchdemos.hooks.wrappers import root_name, unwrapped

LayerChoice = str | type[nn.Module]
Layers = LayerChoice | Iterable[LayerChoice] | Callable[[str, nn.Module], bool] | None


def select(model: nn.Module, layers: Layers = None, strict: bool = True) -> dict[str, nn.Module]:
    """Select the layers of `model` that `layers` names, in the model's own order.

    `layers` is a name (`"encoder.0.fc1"`), a glob pattern (`"encoder.*"`), a module type, several of these,
    or a predicate `(name, module) -> bool`. A pattern means the layers that match and compute something
    themselves, or if there are none the containers that match. By default it is every layer that computes
    something itself: it has no children, or parameters of its own, and is no loss. A model that is itself a
    layer goes by the name of its type. A layer that has two names counts under its first.

    Raises `LookupError` for a name, pattern or type that the model does not have, with what comes closest;
    without `strict` such a choice is left out. Raises `TypeError` for a model that is no `nn.Module`.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"only an nn.Module has layers to see, and this is a {type(model).__name__}")
    model = unwrapped(model)
    found = {name or root_name(model): module for name, module in model.named_modules()}
    if layers is None:
        return {name: module for name, module in found.items() if _computes(name, module)}
    if callable(layers) and not isinstance(layers, type):
        return {name: module for name, module in found.items() if layers(name, module)}
    wanted: list[Any] = [layers] if isinstance(layers, (str, type)) else list(layers)
    known = found | {name: module for name, module in model.named_modules(remove_duplicate=False) if name}
    names = {name for choice in wanted for name in _find(found, known, choice, strict)}
    return {name: module for name, module in known.items() if name in names}


def _find(
    found: Mapping[str, nn.Module], known: Mapping[str, nn.Module], choice: LayerChoice, strict: bool
) -> list[str]:
    """The names that one choice means. `known` has the names in `found` and the other names of shared layers."""
    if isinstance(choice, type):
        matching = [name for name, module in found.items() if isinstance(module, choice)]
    elif choice in known:
        return [choice]
    else:
        matching = [name for name in found if fnmatchcase(name, str(choice))]
        matching = [name for name in matching if _computes(name, found[name])] or matching
    if strict and not matching:
        raise LookupError(_missing(found, choice))
    return matching


def _missing(found: Mapping[str, nn.Module], choice: LayerChoice) -> str:
    if isinstance(choice, type):
        kinds = dict.fromkeys(type(module).__name__ for module in found.values())
        return f"the model has no layer of type {choice.__name__}; its types are: {', '.join(kinds)}"
    close = difflib.get_close_matches(str(choice), found, n=3, cutoff=0.4) or list(found)[:8]
    return f"the model has no layer named {choice!r}; the closest names are: {', '.join(close)}"


def _computes(name: str, module: nn.Module) -> bool:
    """Whether it does work of its own: a container only holds others and is often never called."""
    kind: Any = type(module)
    if not _callable(kind) and "forward" not in vars(module):  # ModuleList, ParameterDict, ...
        return False
    if "parametrizations" in name.split("."):  # it computes a weight, not an activation
        return False
    if isinstance(module, _Loss):  # it comes after the last layer
        return False
    own = next(module.parameters(recurse=False), None) is not None or is_parametrized(module)
    return own or next(module.children(), None) is None


@lru_cache(maxsize=1000)
def _callable(kind: type) -> bool:
    """Whether a module type has a forward pass; cached, because looking it up statically is slow."""
    return inspect.getattr_static(kind, "forward", None) is not nn.Module.forward
