"""Deep and narrow ReLU networks are often dead before they have seen any data, and no training revives them.

Lu, Shin, Su & Karniadakis, "Dying ReLU and initialization: theory and numerical examples", Commun. Comput. Phys. 2020:
a hidden layer that is silent silences all that follow, with a probability that depends on width and depth alone.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.theory.depth import born_dead

CLAIMED = {2: (5, 10, 20), 3: (10,), 4: (20,), 8: (50,)}  # width: depths
DEEPEST = 50
TOLERANCE = 0.012  # three standard errors of a share of 20,000 networks, at most
SOURCE = "Lu et al. 2020"
PICTURE = "4_pictures/8_born_dead"
ABOUT = (
    "Share of fresh ReLU networks whose output no longer depends on their input, by depth: law (pale band), measured "
    "on thousands of networks (dots). Wide networks are safe; of those with two neurons a layer hardly any is alive."
)


def run(seed: int = 0, networks: int = 50_000, track: Track = untracked) -> Evidence:
    """Count the dead among many networks of each width, one layer after the other."""
    generator = torch.Generator().manual_seed(seed)
    measured = {
        width: dead_shares(width, DEEPEST, networks, generator)
        for width in track(CLAIMED, "networks born dead", len(CLAIMED))
    }
    claims = [
        Claim(
            *(f"born dead, {width} x {depth}", SOURCE, born_dead(width, depth)),
            *(measured[width][depth - 1], TOLERANCE, False),
        )
        for width, depths in CLAIMED.items()
        for depth in depths
    ]
    return Evidence(claims, {PICTURE: Picture(picture(measured), ABOUT)})


def dead_shares(width: int, depth: int, networks: int, generator: torch.Generator) -> list[float]:
    """The share of networks of 1, 2, .. `depth` layers that are dead: all hidden neurons silent for one input."""
    values = torch.randn(networks, width, 1, generator=generator)
    shares = [0.0]  # one layer is linear
    for _ in range(depth - 1):
        values = (torch.randn(networks, width, width, generator=generator) @ values).relu()
        values /= values.norm(dim=1, keepdim=True).clamp(min=1e-30)  # the size says nothing, and may leave float32
        shares.append(float((values == 0).all(1).double().mean()))
    return shares


def picture(measured: Mapping[int, list[float]]) -> Tensor:
    """Law and measurement by depth, one colour a width."""
    series: list[pictures.Series] = []
    for width, shares in measured.items():
        depths = range(1, len(shares) + 1)
        series.append((f"width {width}", depths, [born_dead(width, depth) for depth in depths], "wide"))
        series.append((f"width {width}", depths, shares, "dots"))
    return pictures.lines(series, "share of networks born dead", "layers", y_limits=(0, 1))
