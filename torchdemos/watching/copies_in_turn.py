"""Whose copies are taken in a look: of a large model each look copies some parameters, and the next look others."""

from collections.abc import Mapping

from torch import Tensor

from torchdemos.watching.parameters import local

MIN_COPY_BUDGET = 2**18  # bytes that the copies of one step may take of any model
COPY_BUDGET_SHARE = 1 / 12  # of the bytes of the parameters that train, where that is more


class CopiesInTurn:
    """Copies a small model whole; of a large one each look copies some parameters, and the next look others.

    Those come first whose last turn is longest ago. Sizes are those of whole parameters, so all ranks choose alike.
    """

    def __init__(self) -> None:
        self._looks = 0
        self._last_look: dict[str, int] = {}

    def copies(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Copies of those whose turn it is, by name; of a sharded parameter of this rank's shard."""
        sizes = {name: p.numel() * p.element_size() for name, p in parameters.items()}
        budget = max(MIN_COPY_BUDGET, COPY_BUDGET_SHARE * sum(sizes.values()))
        self._looks += 1
        chosen: dict[str, Tensor] = {}
        for name in sorted(parameters, key=lambda name: self._last_look.get(name, 0)):
            budget -= sizes[name]
            if budget < 0 and chosen:
                break
            chosen[name] = local(parameters[name]).detach().clone()
            self._last_look[name] = self._looks
        return chosen
