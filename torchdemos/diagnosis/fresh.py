"""Whether weights look as if they had just been initialized: then nobody has trained them, and they were to be."""

import math
import re

import numpy as np

from torchdemos.diagnosis.history import History

TOLERANCE = 0.03  # of the norm; a random draw of a thousand numbers varies by 2 %
SIZES = re.compile(r"(\w+) (\d+) → (\d+)")


def fresh(history: History, weight: str) -> bool:
    """Whether a weight has, at the first look, the norm of a usual start: PyTorch's own, He's or Xavier's.

    The squared norm is the number of weights times their variance: PyTorch's is 1/(3 n), He's 2/n and Xavier's
    2/(n + m) for n inputs and m outputs of a unit, whatever the size of a convolution's kernel; that of Xavier's is
    known of dense layers only. False where the log does not tell the sizes.
    """
    norms = history.numbers(history.parameters.get(weight, {}), "norm")
    known = norms[np.isfinite(norms)]
    sizes = SIZES.match(history.kind_of(history.layer_of(weight)))
    if not len(known) or not sizes:
        return False
    usual = _usual(sizes[1], int(sizes[2]), int(sizes[3]))
    few = 3 / math.sqrt(2 * int(sizes[2]) * int(sizes[3])) if sizes[1] == "Embedding" else 0.0  # 3 standard deviations
    return any(abs(float(known[0]) - norm) < max(TOLERANCE, few) * norm for norm in usual)


def _usual(kind: str, inputs: int, outputs: int) -> list[float]:
    if kind.startswith(("Linear", "Conv")):
        xavier = [math.sqrt(2 * inputs * outputs / (inputs + outputs))] if kind == "Linear" else []
        return [math.sqrt(outputs / 3), math.sqrt(2 * outputs), *xavier]
    if kind == "Embedding":
        return [math.sqrt(inputs * outputs)]
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}.get(kind, 0)
    return [math.sqrt(gates * own / 3) for own in (inputs, outputs)] if gates else []
