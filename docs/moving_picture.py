"""The moving picture of a question's page: the large picture of the tab Answer, with the numbers of one run.

`moving/*.json` has the numbers, which `make_pictures.py` takes from a log. The modules that draw them are those of the
tab and of the report, so the picture is always as it is there.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from torchdemos.log.answers import Page
from torchdemos.view.markdown import inline
from torchdemos.view.reporting import bundle

FOLDER = Path(__file__).parent / "moving"
STYLE = "main { padding: 0; max-width: none; }"
# Dark where the system is dark. The page around the frame is told how high it has to be.
SCRIPT = """
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", follow);
follow();
const hero = JSON.parse(document.getElementById("hero").textContent);
document.querySelector("main").append(element("div", {class: "hero"}, HEROES[hero.kind](hero)));
const tell = () => parent.postMessage({height: document.documentElement.offsetHeight}, "*");
new ResizeObserver(tell).observe(document.body);
"""


def names() -> list[str]:
    """The pages of docs/ that have a moving picture."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def keep(name: str, page: Page) -> None:
    """Write what the picture of a page needs of a run's answer."""
    kept = {"answer": page["answer"], "hero": _with_weights(page["hero"], np.float32, np.float16)}
    (FOLDER / f"{name}.json").write_text(
        json.dumps(kept, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8"
    )


def html(name: str) -> str:
    """The picture as a file that needs nothing else and asks for nothing."""
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    hero = json.dumps(_with_weights(kept["hero"], np.float16, np.float32)).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{bundle.styles()}\n{STYLE}</style></head>"
        f'<body><main class="answer"><p class="said">{inline(kept["answer"])}</p></main>'
        f'<script type="application/json" id="hero">{hero}</script>'
        f'<script type="module">{bundle.script("heroes.js")}{SCRIPT}</script></body></html>\n'
    )


def _with_weights(hero: Mapping[str, Any], given: type, wanted: type) -> Mapping[str, Any]:
    """Weights in another precision: half of it is enough for a picture, and half as much to keep in the repository."""
    if hero["kind"] != "digit":
        return hero
    networks = [
        {**network, "layers": [_converted(layer, given, wanted) for layer in network["layers"]]}
        for network in hero["networks"]
    ]
    return {**hero, "networks": networks}


def _converted(layer: Mapping[str, Any], given: type, wanted: type) -> dict[str, Any]:
    packed = {name: np.frombuffer(b64decode(layer[name]), given) for name in ("weights", "bias") if name in layer}
    return {**layer, **{name: b64encode(numbers.astype(wanted)).decode() for name, numbers in packed.items()}}
