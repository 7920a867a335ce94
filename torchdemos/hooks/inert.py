"""A model that is copied or saved amid a block takes none of the hooks along: what it gets instead does nothing."""

from torch import nn


class InertHook:
    """What a copy of the model has in place of a hook."""

    def __call__(self, module: nn.Module, *args: object) -> None:
        pass


class ModuleHook:
    """A hook of a module, inert on a copy of it."""

    def __reduce__(self) -> tuple[type[InertHook], tuple[()]]:
        return InertHook, ()
