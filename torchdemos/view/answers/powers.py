"""Very large and very small numbers as people write them."""

import re

from torchdemos.log.answers import raised


def readable(text: str) -> str:
    """The same words with `2.5·10¹⁰` for each 2.5e+10."""
    return re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]\d+)\b", _written_out, text)


def _written_out(number: re.Match[str]) -> str:
    power = f"10{raised(str(int(number[2])))}"
    return power if number[1] == "1" else f"{number[1]}·{power}"
