"""Recurrent networks and transformers over the rows of a picture, or over tokens."""

import torch
from torch import Tensor, nn

from benchmarks.faultbench.config import Config
from benchmarks.faultbench.data import Data
from benchmarks.faultbench.models import HEADS, answers

TOKENS = 64  # more than any data set here has


class Rows(nn.Module):
    """A picture as a sequence of its rows, tokens as vectors; `steps` maps [samples, time, width]."""

    def __init__(self, config: Config, data: Data) -> None:
        super().__init__()
        tokens = not data.inputs.is_floating_point()
        self.embed: nn.Module = (
            nn.Embedding(TOKENS, config.width) if tokens else nn.Linear(data.inputs.shape[-1], config.width)
        )
        self.everywhere = data.targets.dim() == 2 and data.kind == "classes"  # an answer at each place
        self.cut = config.cut
        self.out = nn.Linear(config.width, answers(config, data))
        self.head = HEADS[config.head]() if config.head else nn.Identity()

    def steps(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        x = self.steps(self.embed(x.squeeze(1) if x.dim() == 4 else x))
        x = x.detach() if self.cut else x
        return self.head(self.out(x if self.everywhere else self.summary(x)))

    def summary(self, x: Tensor) -> Tensor:
        return x[:, -1]


class Recurrent(Rows):
    """An LSTM, a GRU or a plain recurrent network; its last state answers."""

    def __init__(self, config: Config, data: Data) -> None:
        super().__init__(config, data)
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[config.model]
        self.recurrent = kind(config.width, config.width, num_layers=config.depth, batch_first=True)

    def steps(self, x: Tensor) -> Tensor:
        found: Tensor = self.recurrent(x)[0]
        return found


class Bag(Rows):
    """The mean of embeddings, and a hidden layer."""

    def __init__(self, config: Config, data: Data) -> None:
        super().__init__(config, data)
        self.place = nn.Embedding(data.inputs.shape[-1], config.width)
        self.hidden = nn.Linear(config.width, config.width)

    def steps(self, x: Tensor) -> Tensor:
        return (x * self.place.weight).relu()

    def summary(self, x: Tensor) -> Tensor:
        return self.hidden(x.mean(1)).relu()


class Transformer(Rows):
    """Blocks of PyTorch's own; causal, with -inf in its mask, where each place answers. The mean of places answers."""

    def __init__(self, config: Config, data: Data) -> None:
        super().__init__(config, data)
        self.place = nn.Parameter(
            0.1 * torch.randn(data.inputs.shape[-2 if data.inputs.dim() == 4 else -1], config.width)
        )
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.width,
                4,
                2 * config.width,
                config.dropout,
                config.activation,
                batch_first=True,
                norm_first=config.norm != "post",
            )
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(config.width)

    def steps(self, x: Tensor) -> Tensor:
        x = x + self.place
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype) if self.everywhere else None
        for block in self.blocks:
            x = block(x, src_mask=mask)
        return self.norm(x)

    def summary(self, x: Tensor) -> Tensor:
        return x.mean(1)
