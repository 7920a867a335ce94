"""Models of our own, each for one habit that is hard on hooks."""

from typing import Any

import torch
from specimens import Specimen, adamw
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

WORDS, WIDTH = 20, 8


def vectors(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return torch.randn(6, WIDTH, generator=generator), torch.randint(3, (6,), generator=generator)


def sequences(generator: torch.Generator) -> Tensor:
    return torch.randint(WORDS, (4, 7), generator=generator)


def class_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    return cross_entropy(model(batch[0]), batch[1])


class PackedLSTM(nn.Module):
    """Sequences of different lengths, packed: the LSTM's output is no tensor but a `PackedSequence`."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, WIDTH)
        self.rnn = nn.LSTM(WIDTH, WIDTH, num_layers=2, dropout=0.2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * WIDTH, 3)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed: PackedSequence = pack_padded_sequence(self.embedding(x), lengths, True, enforce_sorted=False)
        states, (last, _) = self.rnn(packed)
        return self.head(pad_packed_sequence(states, batch_first=True)[0].mean(1) + last[:2].mean(0).repeat(1, 2))


def lengths_loss(model: nn.Module, x: Tensor) -> Tensor:
    return cross_entropy(model(x, torch.tensor([3, 7, 1, 5])), x[:, 0] % 3)


class GAN(nn.Module):
    """Two models that are trained in turn; nothing calls this one."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(True), nn.Linear(16, WIDTH))
        self.discriminator = nn.Sequential(nn.Linear(WIDTH, 16), nn.LeakyReLU(0.2, True), nn.Linear(16, 1))


def discriminator_loss(gan: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    real, fake = batch[0], gan.generator(torch.randn(6, 4)).detach()
    return named(gan.discriminator(real), 1.0) + named(gan.discriminator(fake), 0.0)


def generator_loss(gan: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    return named(gan.discriminator(gan.generator(torch.randn(6, 4))), 1.0)


def named(logits: Tensor, truth: float) -> Tensor:
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))


class TiedLanguageModel(nn.Module):
    """One matrix reads the words and writes them."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(WORDS, WIDTH), nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, WORDS, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(self.embedding(x))[0])


def next_word_loss(model: nn.Module, x: Tensor) -> Tensor:
    return cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())


class InPlaceResidual(nn.Module):
    """Outputs that are overwritten as soon as they are out: by an in-place ReLU and by `+=`."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.first(x))
        y = self.second(x)
        y += x
        return self.head(self.relu(y))


class Recursive(nn.Module):
    """A layer that is called as often as the sequence is long, and a model that calls itself."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.norm, self.head = nn.Linear(2 * WIDTH, WIDTH), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor, depth: int = 3) -> Tensor:
        if not depth:
            return self.head(x)
        return self(self.norm(self.cell(torch.cat([x, x.roll(1, 0)], 1)).tanh()), depth - 1)


def encoder() -> nn.Module:
    """Attention whose output projection is never called as a layer."""
    layer = nn.TransformerEncoderLayer(WIDTH, 2, 16, dropout=0.1, batch_first=True)
    stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return nn.Sequential(nn.Embedding(WORDS, WIDTH), stack, nn.Linear(WIDTH, WORDS))


def same_word_loss(model: nn.Module, x: Tensor) -> Tensor:
    return cross_entropy(model(x).flatten(0, 1), x.flatten())


FAMILY = "small models"
SPECIMENS = [
    Specimen("packed_lstm", FAMILY, PackedLSTM, sequences, {"": lengths_loss}),
    Specimen("gan", FAMILY, GAN, vectors, {"discriminator": discriminator_loss, "generator": generator_loss}, adamw),
    Specimen("tied_language_model", FAMILY, TiedLanguageModel, sequences, {"": next_word_loss}, adamw),
    Specimen("in_place_residual", FAMILY, InPlaceResidual, vectors, {"": class_loss}),
    Specimen("recursive", FAMILY, Recursive, vectors, {"": class_loss}),
    Specimen("attention_encoder", FAMILY, encoder, sequences, {"": same_word_loss}, adamw),
]
