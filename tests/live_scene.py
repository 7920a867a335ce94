"""What a live page is told once: layers, controls, missions, findings. `live_fake` trains what is said here."""

from typing import Any

ACTIONS = ["pause", "step", "restart", "seed", "speed", "digit", "mission"]
EVERY = 2
FINDING = {"kind": "vanishing gradient", "level": "warning", "layer": "fc1", "step": 12,
           "evidence": "Its gradient is 0.0004 of the last layer's.", "advice": "Try another start."}  # fmt: skip
TASKS = {
    "What does the learning rate do?": "Find the largest learning rate that still converges.",
    "What is a neuron?": "Draw a digit that the network takes for another one.",
    "What is loss?": "Bring the loss below 0.02.",
    "How are weights initialized?": "Start with all weights equal and find out why five neurons stay one.",
    "What is the chain rule?": "Make a 20-layer sigmoid network learn without making it shallower.",
}


def scene(depth: int, seed: int, own: bool) -> dict[str, Any]:
    """All parts; those of one's `own` model are fewer."""
    common = {"title": "torchdemos live", "layers": layers(depth), "speed": "normal", "seed": seed, "left_out": "",
              "findings": [FINDING], "notes": [], "log": "logs/live"}  # fmt: skip
    if own:
        common["layers"][0] |= {"shape": [1, 28 // EVERY, 28 // EVERY], "every": EVERY}
        return common | {
            "question": "What does my network do?", "controls": controls(depth)[:1], "actions": ["pause", "step"]
        }  # fmt: skip
    question, *_ = TASKS
    lab = {"question": question, "controls": controls(depth), "actions": ACTIONS, "settings": {"depth": depth}}
    return common | lab | {"missions": missions(), "mission": 0}


def thinned(pixels: list[float]) -> list[float]:
    """Of a picture [28 x 28] every second row and column, which one's own model shows."""
    return [pixels[row * 28 + column] for row in range(0, 28, EVERY) for column in range(0, 28, EVERY)]


def layers(depth: int) -> list[dict[str, Any]]:
    """The input, hidden layers of 36 units, each with a ReLU, and 10 outputs."""
    made: list[dict[str, Any]] = [{"name": "input", "kind": "", "shape": [1, 28, 28], "kept": 1}]
    for place in range(1, depth):
        made.append({"name": f"fc{place}", "kind": "Linear", "shape": [36], "kept": 36})
        made.append({"name": f"relu{place}", "kind": "ReLU", "shape": [36], "kept": 36})
    return [*made, {"name": f"fc{depth}", "kind": "Linear", "shape": [10], "kept": 10}]


def controls(depth: int) -> list[dict[str, Any]]:
    dial = {"name": "learning_rate", "label": "learning rate", "kind": "dial", "value": 0.02, "low": 1e-4, "high": 10.0,
            "fresh": False, "help": "the size of a step"}  # fmt: skip
    return [
        dial,
        choice("optimizer", ["SGD", "momentum", "Adam"], fresh=False),
        choice("batch", ["all", 16, 64, 256], fresh=False),
        choice("loss", ["squared error", "cross entropy", "NLL"], fresh=True),
        choice("activation", ["none", "ReLU", "sigmoid", "tanh"], fresh=True),
        whole("depth", depth, 30),
        whole("width", 36, 512),
        choice("initialization", ["Xavier", "He", "zero", "constant", "small", "large"], fresh=True),
    ]


def choice(name: str, options: list[Any], fresh: bool) -> dict[str, Any]:
    return {"name": name, "label": name, "kind": "choice", "value": options[0], "options": options, "fresh": fresh}


def whole(name: str, value: int, high: int) -> dict[str, Any]:
    return {"name": name, "label": name, "kind": "whole", "value": value, "low": 1, "high": high, "fresh": True}


def missions() -> list[dict[str, Any]]:
    """Five, of which the second is solved."""
    told = {"hint": "Look at the mark.", "explanation": "Because it is so."}
    made = [
        {"question": question, "task": task, **told, "solved": False, "steps": None, "progress": ""}
        for question, task in TASKS.items()
    ]
    made[0]["progress"] = "yours 0.0505, theory 0.0511"
    made[1] |= {"solved": True, "steps": 230}
    return made
