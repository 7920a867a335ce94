"""The hooks of a block are removed when it ends, however it ends."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Removable(Protocol):
    """What was attached somewhere, as a `RemovableHandle` stands for."""

    def remove(self) -> None: ...


class Hooks:
    """The hooks of a block, which `remove` removes: also those that Ctrl-C left behind amid attaching or removing.

    An interrupted `remove` goes on when it is called again. Hooks that nobody can remove any more, because an exception
    went past a step that was begun and not ended, go when this object does. Python's garbage collector disables the
    handles' own references by then, if it finds the handles in the same garbage; so the finalizer holds them.
    """

    def __init__(self) -> None:
        self._attached: list[Removable] = []
        weakref.finalize(self, _remove, self._attached).atexit = False

    def attach(self, owner: Any, register: Callable[..., Removable], hook: Any, **options: bool) -> Removable:
        """Register a hook with its `owner`, a module or a tensor, say, and return what `register` gives: its handle.

        Raises what `register` raises, as for a scripted module, which takes no hook.
        """
        begun = _Begun(owner, hook)
        self._attached.append(begun)
        begun.handle = register(hook, **options)
        begun.hook = None  # a handle keeps no hook alive, nor what that knows
        return begun.handle

    def add(self, hooks: "Hooks") -> None:
        """Have `remove` remove these too; they may be removed earlier."""
        self._attached.append(hooks)

    def at_end(self, method: Callable[[], None]) -> None:
        """Have `remove` call this method too, if its object is still there by then."""
        self._attached.append(_AtEnd(method))

    def remove(self) -> None:
        """Remove all that is attached, the latest first."""
        _remove(self._attached)

    def __bool__(self) -> bool:
        return bool(self._attached)


@contextmanager
def removed_at_end(hooks: Hooks | None = None) -> Iterator[Hooks]:
    """Give hooks that are removed at the end of the `with` block.

    Blocks that come one after the other may share `hooks`, so that the next can remove what an interrupt left.
    """
    hooks = Hooks() if hooks is None else hooks
    try:
        yield hooks
    finally:
        try:
            hooks.remove()
        finally:  # Ctrl-C may have come amid this
            hooks.remove()


class _Begun:
    """A hook that is about to be attached, or is: Ctrl-C may come before anybody has its handle."""

    def __init__(self, owner: Any, hook: Any) -> None:
        self._owner = weakref.ref(owner)
        self.hook = hook
        self.handle: Removable | None = None

    def remove(self) -> None:
        if self.handle is not None:
            self.handle.remove()
        elif (owner := self._owner()) is not None:
            for hooks in _hooks_of(owner):
                for number in [number for number, hook in hooks.items() if hook is self.hook]:
                    del hooks[number]


class _AtEnd:
    """A method to call. It does not keep its object alive, which may know the model and all that the model knows."""

    def __init__(self, method: Callable[[], None]) -> None:
        self._method = weakref.WeakMethod(method)

    def remove(self) -> None:
        if (method := self._method()) is not None:
            method()


def _hooks_of(owner: Any) -> list[dict[int, Any]]:
    """All that an owner has by number: its hooks are among them."""
    found = [*vars(owner).values(), getattr(owner, "_backward_hooks", None)]  # the latter is a tensor's
    return [one for one in found if isinstance(one, dict)]


def _remove(attached: list[Removable]) -> None:
    while attached:
        attached[-1].remove()
        attached.pop()
