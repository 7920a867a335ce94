"""Very large and very small numbers as people write them."""

import math
import re

from torchdemos.log.answers import raised

LARGEST = 300  # the power of ten that a float holds, with room to spare
ABSURD = 1e6  # a power of ten that nobody means


def readable(text: str) -> str:
    """The same words with `2.5·10¹⁰` for each 2.5e+10."""
    return re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]\d+)\b", _written_out, text)


def of_ten(log: float, digits: int) -> str:
    """Ten to this power in a few digits, also where no float holds it: `1.6e-400`."""
    if abs(log) < LARGEST:
        return f"{10**log:.{digits}g}"
    if not abs(log) < ABSURD:
        return "no number" if math.isnan(log) else "inf" if log > 0 else "0"
    whole = math.floor(log)
    return f"{10 ** (log - whole):.{digits}g}e{whole:+d}"


def _written_out(number: re.Match[str]) -> str:
    power = f"10{raised(str(int(number[2])))}"
    return power if number[1] == "1" else f"{number[1]}·{power}"
