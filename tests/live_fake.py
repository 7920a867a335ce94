"""A training that is a formula, for the live page to show: no torch, no data, and every change answers at once."""

import json
import math
import threading
import time
import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from torchdemos.view.live.page import Change, Page

CURVATURE = 2 / 0.0511
MARK = 2 / CURVATURE
NAMES = (
    "learning_rate",
    "optimizer",
    "batch",
    "depth",
    "pause",
    "step",
    "restart",
    "seed",
    "speed",
    "digit",
    "mission",
)


def check(name: str, value: Any) -> Any:
    if name not in NAMES:
        raise ValueError(f"there is no {name}")
    if name == "learning_rate" and not (isinstance(value, (int, float)) and 1e-4 <= value <= 10):
        raise ValueError(f"{value!r} is no learning rate: give a number from 0.0001 to 10")
    return value


def controls(depth: int) -> list[dict[str, Any]]:
    def choice(name: str, label: str, options: list[Any], fresh: bool) -> dict[str, Any]:
        return {"name": name, "label": label, "kind": "choice", "value": options[0], "options": options, "fresh": fresh}

    return [
        {"name": "learning_rate", "label": "learning rate", "kind": "dial", "value": 0.02, "low": 1e-4, "high": 10.0,
         "fresh": False, "help": "the size of a step"},
        choice("optimizer", "optimizer", ["SGD", "momentum", "Adam"], False),
        choice("batch", "batch", ["all", 16, 64, 256], False),
        choice("loss", "loss", ["squared error", "cross entropy", "NLL"], True),
        choice("activation", "activation", ["none", "ReLU", "sigmoid", "tanh"], True),
        {"name": "depth", "label": "depth", "kind": "whole", "value": depth, "low": 1, "high": 30, "fresh": True},
        {"name": "width", "label": "width", "kind": "whole", "value": 36, "low": 1, "high": 512, "fresh": True},
        choice("initialization", "start", ["Xavier", "He", "zero", "constant", "small", "large"], True),
    ]  # fmt: skip


MISSIONS = [
    {"question": question, "task": task, "hint": "Look at the mark.", "explanation": "Because it is so.", "solved": i == 1,
     "steps": 230 if i == 1 else None, "progress": "yours 0.0505, theory 0.0511" if i == 0 else ""}
    for i, (question, task) in enumerate([
        ("What does the learning rate do?", "Find the largest learning rate that still converges."),
        ("What is a neuron?", "Draw a digit that the network takes for another one."),
        ("What is loss?", "Bring the loss below 0.02."),
        ("How are weights initialized?", "Start with all weights equal and find out why five neurons stay one."),
        ("What is the chain rule?", "Make a 20-layer sigmoid network learn without making it shallower."),
    ])
]  # fmt: skip


class Fake:
    """Steps in a thread of its own; `asked` are the changes that have arrived."""

    def __init__(self, own: bool = False, depth: int = 2, steps_per_second: float = 200) -> None:
        self.page = Page(check, port=0)
        self.asked: list[Change] = []
        self.own, self.depth, self.pace = own, depth, steps_per_second
        self.rate, self.step, self.away, self.loss, self.seed = 0.02, 0, 1.0, 1.0, 0
        self.paused, self.stops, self.one = False, False, False
        self.loss_is: float | None = None
        self.digit = {"label": 7, "words": "a 7, number 0 of the test set"}
        self.pixels = [0.0] * 784
        self._test(0)
        self.page.scene(title="torchdemos live", **self._scene())
        self.page.begin("0", "learning rate 0.02, seed 0")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.stops = True
        self._thread.join()

    def close(self) -> None:
        self.stop()
        self.page.close()

    def _scene(self) -> dict[str, Any]:
        layers: list[dict[str, Any]] = [{"name": "input", "kind": "", "shape": [1, 28, 28], "kept": 1}]
        for i in range(1, self.depth + 1):
            last = i == self.depth
            layers.append(
                {"name": f"fc{i}", "kind": "Linear", "shape": [10 if last else 36], "kept": 10 if last else 36}
            )
            if not last:
                layers.append({"name": f"relu{i}", "kind": "ReLU", "shape": [36], "kept": 36})
        own = {"question": "What does my network do?", "controls": controls(2)[:1], "actions": ["pause", "step"]}
        lab = {
            "question": "What does the learning rate do?", "controls": controls(self.depth),
            "actions": ["pause", "step", "restart", "seed", "speed", "digit", "mission"],
            "settings": {"depth": self.depth}, "missions": MISSIONS, "mission": 0,
        }  # fmt: skip
        finding = {"kind": "vanishing gradient", "level": "warning", "layer": "fc1", "step": 12,
                   "evidence": "Its gradient is 0.0004 of the last layer's.", "advice": "Try another start."}  # fmt: skip
        return {**(own if self.own else lab), "layers": layers, "speed": "normal", "seed": self.seed, "log": "logs/live",
                "left_out": "", "findings": [finding], "notes": []}  # fmt: skip

    def _run(self) -> None:
        while not self.stops:
            for change in self.page.changes():
                self.asked.append(change)
                self._act(change)
            if not self.paused or self.one:
                self._train()
                self.one = False
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
            self.paused = self.one = True
        elif name == "digit" and "drawn" in value:
            self.pixels, self.digit = value["drawn"], {"label": None, "words": "drawn by hand"}
        elif name == "digit":
            self._test(value["test"])
        elif name in ("restart", "seed", "depth"):
            self.seed = value if name == "seed" else self.seed
            self.depth = value if name == "depth" else self.depth
            self.step, self.away, self.loss = 0, 1.0, 1.0
            self.page.scene(**self._scene())
            self.page.begin(f"{len(self.asked)}", f"{self.depth} layers, seed {self.seed}")

    def _test(self, number: int) -> None:
        self.digit = {"label": 7, "words": f"a 7, number {number} of the test set"}
        bar = {(5, x) for x in range(8, 20)} | {(y, 21 - y * 7 // 20) for y in range(5, 24)}
        self.pixels = [1.0 if (i // 28, i % 28) in bar or (i // 28, i % 28 - 1) in bar else 0.0 for i in range(784)]

    def _train(self) -> None:
        self.step += 1
        self.away *= 1 - self.rate * CURVATURE / 1.0
        self.away = max(min(self.away, 1e300), -1e300)
        noise = 0.02 * math.sin(self.step * 12.9898) ** 2
        try:
            self.loss = self.loss_is or 0.03 + 0.5 * self.away**2 + 0.4 * math.exp(-self.step / 300) + noise
        except OverflowError:
            self.loss = math.nan
        self.page.point(self.step, self.loss, 1 - 0.9 * math.exp(-self.step / 200) if self.step % 20 == 0 else None)

    def _frame(self) -> Mapping[str, Any]:
        wave = [math.sin(self.step / 40 + i) * (1 + self.seed) for i in range(36)]
        neurons = [self.pixels]
        flow = []
        for i in range(1, self.depth + 1):
            last = i == self.depth
            values = wave[: 10 if last else 36]
            neurons.append([value * i for value in values])
            if not last:
                neurons.append([max(0.0, value * i) for value in values])
            gradient = 10 ** (-(self.depth - i) * 0.4 + 0.2 * math.sin(self.step / 30 + i))
            flow.append({"layer": f"fc{i}", "gradient": gradient, "update": self.rate * gradient * 0.02})
        powers = [math.exp(2 * math.sin(self.step / 60 + i * 0.9)) for i in range(10)]
        return {
            "step": self.step, "rate": self.rate, "paused": self.paused, "steps_per_second": self.pace, "loss": self.loss,
            "accuracy": 1 - 0.9 * math.exp(-self.step / 200), "mark": self._mark(), "digit": None if self.own else self.digit,
            "shares": [power / sum(powers) for power in powers],
            "neurons": [array("f", values).tobytes() for values in neurons], "flow": flow,
        }  # fmt: skip

    def _snapshot(self) -> list[bytes]:
        """The input and the first layer, whose weights are all 0.5 and whose biases are their places."""
        units = 10 if self.depth == 1 else 36
        sums = [0.5 * sum(self.pixels) + unit for unit in range(units)]
        sum_ = {"kind": "dense", "from": 0, "weights": 3, "rows": units, "shape": [units, 784], "bias": 4}
        layers = [{"name": "input", "shape": [1, 28, 28], "kept": 1, "values": 1},
                  {"name": "fc1", "kind": "Linear", "shape": [units], "kept": units, "values": 2, "sum": sum_}]  # fmt: skip
        numbers: list[Sequence[float]] = [self.pixels, sums, [0.5] * (784 * units), list(range(units))]
        packed = [zlib.compress(array("f", part).tobytes()) for part in numbers]
        return [json.dumps({"samples": ["now"], "layers": layers}).encode(), *packed]

    def _mark(self) -> dict[str, Any]:
        words = "2/sharpness, measured" if self.own else "2/λ, from the pixels"
        return {"rate": MARK, "exact": not self.own, "words": words}


if __name__ == "__main__":
    fake = Fake()
    print(fake.page.address, flush=True)
    time.sleep(3600)
