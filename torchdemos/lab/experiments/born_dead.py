"""Deep and narrow ReLU networks are often dead before they have seen any data, and no training revives them.

Lu, Shin, Su & Karniadakis, "Dying ReLU and initialization: theory and numerical examples", Commun. Comput. Phys. 2020:
a hidden layer that is silent silences all that follow, with a probability that depends on width and depth alone.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.depth import born_dead

CLAIMED_DEPTHS = {2: (5, 10, 20), 3: (10,), 4: (20,), 8: (50,)}  # by width
MAX_DEPTH = 50
TOLERANCE = 0.012  # at most three standard errors of a share of 20,000 networks
SOURCE = "Lu et al. 2020"
FIGURE = Figure(
    "8_born_dead",
    title="Born dead",
    caption="narrow ReLU networks that nothing revives",
    about="Share of fresh ReLU networks whose output no longer depends on their input, by depth: law (pale band), "
    "measured on thousands of networks (dots). Wide networks are safe; of those with two neurons a layer hardly any is "
    "alive.",
)


def run(seed: int = 0, networks: int = 50_000, progress: Progress = no_progress) -> Result:
    """Count the dead among many networks of each width, one layer after the other."""
    generator = torch.Generator().manual_seed(seed)
    measured = {
        width: dead_shares(width, MAX_DEPTH, networks, generator)
        for width in progress(CLAIMED_DEPTHS, "networks born dead", len(CLAIMED_DEPTHS))
    }
    claims = [
        Claim(
            *(f"born dead, {width} x {depth}", SOURCE, born_dead(width, depth)),
            *(measured[width][depth - 1], TOLERANCE, False),
        )
        for width, depths in CLAIMED_DEPTHS.items()
        for depth in depths
    ]
    return Result(claims, {FIGURE: draw(measured)})


def dead_shares(width: int, depth: int, networks: int, generator: torch.Generator) -> list[float]:
    """The share of networks of 1, 2, .. `depth` layers in which a layer is silent for one input: these are dead."""
    values = torch.randn(networks, width, 1, generator=generator)
    shares = [0.0]  # one layer is linear
    for _ in range(depth - 1):
        values = (torch.randn(networks, width, width, generator=generator) @ values).relu()
        values /= values.norm(dim=1, keepdim=True).clamp(min=1e-30)  # signs count, sizes may leave float32
        shares.append(float((values == 0).all(1).double().mean()))
    return shares


def draw(measured: Mapping[int, list[float]]) -> Tensor:
    """Law and measurement by depth, in one colour for each width."""
    series: list[pictures.Series] = []
    for width, shares in measured.items():
        depths = range(1, len(shares) + 1)
        series.append((f"width {width}", depths, [born_dead(width, depth) for depth in depths], "wide"))
        series.append((f"width {width}", depths, shares, "dots"))
    return pictures.lines(series, "share of networks born dead", "layers", y_limits=(0, 1))
