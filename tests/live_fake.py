"""A training that is a formula, for a live page to show: no torch, no data, and every change acts at once."""

import json
import math
import threading
import time
import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import live_scene

from torchdemos.view.live.page import Change, Page

MARK = 0.0511
LOWEST, HIGHEST = 1e-4, 10
TESTS = 1000
KNOWN = ("optimizer", "batch", "depth", *live_scene.ACTIONS)


def check(name: str, value: Any) -> Any:
    if name == "learning_rate":
        if not isinstance(value, (int, float)) or not LOWEST <= value <= HIGHEST:
            raise ValueError(f"{value!r} is no learning rate: give a number from 0.0001 to 10")
    elif name == "digit" and value.get("test", 0) >= TESTS:
        raise ValueError(f"there is no test digit {value['test']}")
    elif name not in KNOWN:
        raise ValueError(f"there is no {name}")
    return value


class Fake:
    """Steps in a thread of its own. `asked` are the changes that have arrived."""

    def __init__(self, own: bool = False, depth: int = 2, pace: float = 200) -> None:
        self.page = Page(check, port=0)
        self.asked: list[Change] = []
        self.own, self.depth, self.pace, self.seed = own, depth, pace, 0
        self.rate, self.step, self.away, self.loss = 0.02, 0, 1.0, 1.0
        self.loss_is: float | None = None  # instead of the formula
        self.paused = self.is_over = False
        self._show_test(0)
        self._begin("first")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.is_over = True
        self._thread.join()
        self.page.close()

    def _run(self) -> None:
        while not self.is_over:
            for change in self.page.changes():
                self.asked.append(change)
                self._act(change)
            if not self.paused:
                self._train()
            if self.page.wants_snapshot():
                self.page.give_snapshot(self._snapshot(), self.step)
            if self.page.wants_frame():
                self.page.frame(self._frame(), 0.0005)
            self.page.wait(1 / self.pace)

    def _act(self, change: Change) -> None:
        name, value = change
        if name == "learning_rate":
            self.rate = value
        elif name == "pause":
            self.paused = value
        elif name == "step":
            self.paused = True
            self._train()
        elif name == "digit" and "drawn" in value:
            self.pixels, self.digit = value["drawn"], {"label": None, "words": "drawn by hand", "test": None}
        elif name == "digit":
            self._show_test(value["test"])
        elif name in ("restart", "seed", "depth"):
            self.seed = value if name == "seed" else self.seed
            self.depth = value if name == "depth" else self.depth
            self._begin(f"after {len(self.asked)} changes")

    def _begin(self, name: str) -> None:
        self.step, self.away, self.loss = 0, 1.0, 1.0
        self.page.scene(**live_scene.scene(self.depth, self.seed, self.own))
        self.page.begin(name, f"{self.depth} layers, seed {self.seed}")

    def _show_test(self, number: int) -> None:
        """A seven."""
        self.digit = {"label": 7, "words": f"a 7, number {number} of the test set", "test": number}
        strokes = {(5, x) for x in range(8, 20)} | {(y, x - y * 7 // 20) for y in range(5, 24) for x in (21, 22)}
        self.pixels = [float(divmod(place, 28) in strokes) for place in range(784)]

    def _train(self) -> None:
        """One direction of a bowl, as far away as rates beyond the mark lead, and what any rate learns."""
        self.step += 1
        self.away = max(-1e100, min(self.away * (1 - 2 * self.rate / MARK), 1e100))
        self.loss = self.loss_is or 0.05 + 0.5 * self.away**2 + 0.4 * math.exp(-self.step / 300)
        self.page.point(self.step, self.loss)
        if self.step % 20 == 0:
            self.page.accuracy(self.step, self._accuracy())

    def _accuracy(self) -> float:
        return math.nan if math.isnan(self.loss) else 1 - 0.9 * math.exp(-self.step / 200)

    def _frame(self) -> Mapping[str, Any]:
        powers = [math.exp(2 * math.sin(self.step / 60 + place)) for place in range(10)]
        return {
            "step": self.step, "rate": self.rate, "paused": self.paused, "steps_per_second": self.pace,
            "loss": self.loss, "accuracy": self._accuracy(), "mark": self._mark(),
            "digit": None if self.own else self.digit, "shares": [power / sum(powers) for power in powers],
            "neurons": list(self._neurons()), "flow": list(self._flow()),
        }  # fmt: skip

    def _mark(self) -> dict[str, Any]:
        words = "2/sharpness, measured" if self.own else "2/lambda, from the pixels"
        return {"rate": MARK, "exact": not self.own, "words": words}

    def _neurons(self) -> Sequence[bytes]:
        wave = [math.sin(self.step / 40 + unit) for unit in range(36)]
        shown = live_scene.layers(self.depth)[1:]
        cut = [[max(0.0, value) if layer["kind"] == "ReLU" else value for value in wave] for layer in shown]
        pixels = live_scene.thinned(self.pixels) if self.own else self.pixels
        values = [pixels, *(units[: layer["kept"]] for units, layer in zip(cut, shown, strict=True))]
        return [array("f", layer).tobytes() for layer in values]

    def _flow(self) -> Sequence[dict[str, Any]]:
        gradients = [10 ** (0.4 * (i - self.depth) + 0.2 * math.sin(self.step / 30 + i)) for i in range(self.depth)]
        return [
            {"layer": f"fc{place + 1}", "gradient": gradient, "update": 0.02 * self.rate * gradient}
            for place, gradient in enumerate(gradients)
        ]

    def _snapshot(self) -> list[bytes]:
        """The input and the first layer, whose weights are all 0.5 and whose biases are their places."""
        units = 10 if self.depth == 1 else 36
        made_of = {"kind": "dense", "from": 0, "weights": 3, "rows": units, "shape": [units, 784], "bias": 4}
        first = {"name": "fc1", "kind": "Linear", "shape": [units], "kept": units, "values": 2, "sum": made_of}
        made = [{"name": "input", "shape": [1, 28, 28], "kept": 1, "values": 1}, first]
        sums = [0.5 * sum(self.pixels) + unit for unit in range(units)]
        numbers: list[Sequence[float]] = [self.pixels, sums, [0.5] * (784 * units), range(units)]
        packed = [zlib.compress(array("f", part).tobytes()) for part in numbers]
        return [json.dumps({"samples": ["now"], "layers": made}).encode(), *packed]


if __name__ == "__main__":
    print(Fake().page.address, flush=True)
    time.sleep(3600)
