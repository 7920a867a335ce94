"""What the networks of a session are called: each by what the one before it was not."""

from collections import Counter

from torchdemos.lab.playground.settings import CONTROLS, Settings

MOST_NEW = 3  # settings that the name of a network tells


class Names:
    """Names one network after the other. No name is taken twice."""

    def __init__(self) -> None:
        self._before: tuple[Settings, int] | None = None
        self._words = ""
        self._given = Counter[str]()

    def next(self, settings: Settings, seed: int) -> str:
        """A name for the next network: what is new about it, or its build if that is a lot; a number tells repeats."""
        words = self._described(settings, seed)
        times = self._given[words] + 1
        return f"{words} ({times})" if times > 1 else words

    def take(self, settings: Settings, seed: int) -> str:
        """The name of a network that takes its first step."""
        name = self.next(settings, seed)
        self._words = self._described(settings, seed)
        self._before = settings, seed
        self._given[self._words] += 1
        return name

    def _described(self, settings: Settings, seed: int) -> str:
        if self._before is None:
            return build(settings)
        old, old_seed = self._before
        now = {name: getattr(settings, name) for name in CONTROLS}
        new = [f"{CONTROLS[name].label} {_told(own)}" for name, own in now.items() if own != getattr(old, name)]
        new += [f"seed {seed}"] if seed != old_seed else []
        if not new:
            return self._words
        return ", ".join(new) if len(new) <= MOST_NEW else build(settings)


def build(settings: Settings) -> str:
    """The build of a network in a few words."""
    if settings.depth == 1:
        return f"linear, {settings.initialization}"
    return f"{settings.depth} layers, {settings.activation}, {settings.initialization}"


def _told(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
