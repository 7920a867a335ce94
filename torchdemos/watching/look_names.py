"""What a log calls the layers and parameters of a watched model."""

from torchdemos.log import tags
from torchdemos.watching.call_order import CallOrder
from torchdemos.watching.look import Look


class LookNames:
    """The names of one model's layers and parameters in tags, the same in all its looks.

    Layers are numbered in the order in which they are first seen; `called` has them in the order of their calls.
    """

    def __init__(self) -> None:
        self.layers: dict[str, str] = {}
        self.parameters = tags.Unique(tags.clean)
        self._order = CallOrder()

    def add(self, look: Look) -> None:
        """Number the layers that are new in a look."""
        for key in look.activations:
            if key not in self.layers:
                self.layers[key] = tags.layer(len(self.layers), key, len(look.activations))
        self._order.add(list(look.activations))

    @property
    def called(self) -> list[str]:
        """The layers in call order, by name."""
        return [self.layers[key] for key in self._order.keys]
