"""The models that are watched, with their batches: W1 to W4 on the CPU, G1 and G2 on a GPU, T1 and T2 to try things."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision import models as torchvision_models

from torchdemos.lab import data
from torchdemos.lab.models import deep_mlp

Batch = tuple[Tensor, Tensor]
BATCHES = 4  # in memory beforehand, used in turn


@dataclass(frozen=True)
class Workload:
    """A model that turns inputs into logits [N, classes], and batches for it. `bfloat16` means autocast."""

    name: str
    about: str
    build: Callable[[], nn.Module]
    batches: Callable[[], list[Batch]]
    device: str = "cpu"
    bfloat16: bool = False
    channels_last: bool = False

    def model(self) -> nn.Module:
        """The model, always with the same weights."""
        torch.manual_seed(0)
        model = self.build().to(self.device)
        return model.to(memory_format=torch.channels_last) if self.channels_last else model

    def data(self) -> list[Batch]:
        """Batches on the device: loading is not measured."""
        return [(inputs.to(self.device), targets.to(self.device)) for inputs, targets in self.batches()]


def mnist(size: int, pixels: int = 28, channels: int = 1) -> list[Batch]:
    """Real digits, padded to `pixels` by `pixels` if that is more than 28."""
    digits, border = data.load(), (pixels - 28) // 2
    images = functional.pad(data.standardize(digits.train_images[: size * BATCHES]), [border] * 4)
    images = images.expand(-1, channels, -1, -1).contiguous()
    labels = digits.train_labels[: size * BATCHES]
    return list(zip(torch.split(images, size), torch.split(labels, size), strict=True))


def noise(shape: tuple[int, ...], classes: int) -> list[Batch]:
    """Images, or tokens where the shape is two numbers; every token has a target."""
    generator = torch.Generator().manual_seed(0)
    if len(shape) == 2:
        tokens = [torch.randint(classes, shape, generator=generator) for _ in range(2)]
        return [(inputs, inputs.roll(-1, 1).flatten()) for inputs in tokens]
    images = torch.randn(shape, generator=generator)
    return [(images, torch.randint(classes, shape[:1], generator=generator))]


def mlp(depth: int, width: int, batch: int) -> Workload:
    """`depth` hidden layers with ReLU."""
    about = f"MLP 784-{width}x{depth}-10, ReLU, batch {batch}"
    return Workload("MLP", about, lambda: deep_mlp(depth, width, "relu"), lambda: mnist(batch))


def small_cnn() -> nn.Module:
    """Four convolutions and two fully connected layers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10)),
    )


class Encoder(nn.Module):
    """Patches of 4 x 4 pixels as a sequence of 64, encoder layers, the mean over the sequence."""

    def __init__(self, depth: int, width: int, heads: int) -> None:
        super().__init__()
        self.into, self.out = nn.Linear(16, width), nn.Linear(width, 10)
        self.position = nn.Parameter(torch.randn(64, width) / math.sqrt(width))
        # Dropout would draw from the generator that all contestants share.
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)

    def forward(self, images: Tensor) -> Tensor:
        patches = functional.unfold(images, 4, stride=4).transpose(1, 2)
        logits: Tensor = self.out(self.layers(self.into(patches) + self.position).mean(1))
        return logits


class Block(nn.Module):
    """GPT-2's: causal attention and a GELU layer of four times the width, each after a layer norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attend, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.gelu, self.narrow = nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.attend(self.norm1(x)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.project(mixed.transpose(1, 2).flatten(2))
        widened: Tensor = self.narrow(self.gelu(self.widen(self.norm2(x))))
        return x + widened


class GPT(nn.Module):
    """A decoder whose output layer is its own, not its embedding's."""

    def __init__(self, depth: int, width: int, heads: int, vocabulary: int, length: int) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1], device=tokens.device))
        logits: Tensor = self.out(self.norm(self.blocks(x)))
        return logits.flatten(0, 1)


def _named(name: str, workload: Workload) -> Workload:
    return Workload(name, workload.about, workload.build, workload.batches)


WORKLOADS = {
    workload.name: workload
    for workload in (
        _named("W1", mlp(10, 256, 128)),
        Workload("W2", "CNN, 4 convolutions and 2 linear layers, 28 x 28, batch 128", small_cnn, lambda: mnist(128)),
        Workload(
            "W3",
            "torchvision's ResNet-18 unchanged (in-place operations and all), 32 x 32, batch 64",
            lambda: torchvision_models.resnet18(num_classes=10),
            lambda: mnist(64, 32, 3),
        ),
        Workload(
            "W4",
            "transformer encoder, 6 layers, width 256, sequence 64, batch 16",
            lambda: Encoder(6, 256, 8),
            lambda: mnist(16, 32),
        ),
        Workload(
            "G1",
            "torchvision's ResNet-50, bfloat16 autocast, channels last, 224 x 224, batch 256",
            torchvision_models.resnet50,
            lambda: noise((256, 3, 224, 224), 1000),
            "cuda",
            True,
            True,
        ),
        Workload(
            "G2",
            "transformer as large as GPT-2 small, bfloat16 autocast, batch 8 x 1024",
            lambda: GPT(12, 768, 12, 50257, 1024),
            lambda: noise((8, 1024), 50257),
            "cuda",
            True,
        ),
        _named("T1", mlp(2, 16, 8)),
        Workload(
            "T2",
            "the transformer of G2 in small, bfloat16 autocast, batch 2 x 16",
            lambda: GPT(2, 16, 2, 50, 16),
            lambda: noise((2, 16), 50),
            bfloat16=True,
        ),
    )
}
ON_CPU, ON_GPU = ("W1", "W2", "W3", "W4"), ("G1", "G2")


def here() -> list[str]:
    """The workloads that this machine can run, without T1 and T2."""
    return [*ON_CPU, *(ON_GPU if torch.cuda.is_available() else ())]
