"""Training programs that are not one pass, one loss and one step to a block.

Each is a generator. It asks for its model to be observed, trains, and says after each block which gradients were due.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, autograd, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Adam, AdamW

from odd_models import SAM, Actor, Agent, Autoencoder, Dropped, FrozenEncoder, LoRA, Packed, Small, mlp

Gradients = Mapping[str, Tensor]
Observe = Callable[..., Callable[[int], AbstractContextManager[None]]]


class Due(NamedTuple):
    """Gradients by parameter: those that the last step in a block took; without a step, what backward added."""

    taken: Gradients = {}
    added: Gradients = {}


Program = Callable[[Observe], Iterator[Due]]
