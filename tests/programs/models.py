"""The models that the programs train, each as small as it can be."""

from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn.functional import cross_entropy, linear


def mlp(outputs: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, outputs))


class InModule(nn.Module):
    """A LightningModule's style: nobody calls the module itself."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp()

    def training_step(self, x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(self.net(x), y) + cross_entropy(self.net(x + 0.1), y)


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = mlp(2), nn.Linear(2, 6)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)


class Agent(nn.Module):
    """As in cleanrl: an actor and a critic, called by methods."""

    def __init__(self) -> None:
        super().__init__()
        self.critic, self.actor = mlp(1), mlp(3)

    def get_value(self, x: Tensor) -> Tensor:
        return self.critic(x)

    def get_action_and_value(self, x: Tensor, action: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        chances = Categorical(logits=self.actor(x))
        action = chances.sample() if action is None else action
        return action, chances.log_prob(action), chances.entropy(), self.critic(x)


class LoRA(nn.Module):
    """A frozen layer and a trained update of low rank."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a, self.b = nn.Parameter(torch.randn(base.in_features, 2)), nn.Parameter(torch.randn(2, base.out_features))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + x @ self.a @ self.b


class FrozenEncoder(nn.Module):
    """A frozen transformer in evaluation, and a head that trains. With a padding mask hooks change its bits."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval().requires_grad_(False)
        self.head = nn.Linear(16, 3)

    def encode(self, x: Tensor) -> Tensor:
        padding = torch.arange(x.shape[1]) >= 2 + torch.arange(len(x))[:, None] % 4
        return self.encoder(x, src_key_padding_mask=padding).mean(1)


class InFourBits(Tensor):
    """Packed weights: a subclass that cannot be computed with, converted or reduced."""

    @staticmethod
    def __new__(cls, codes: Tensor, scale: float) -> Self:
        return Tensor._make_wrapper_subclass(cls, codes.shape, dtype=torch.float32)

    def __init__(self, codes: Tensor, scale: float) -> None:
        self.codes, self.scale = codes, scale

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.ops.aten.detach.default:
            return cls(args[0].codes, args[0].scale)
        raise NotImplementedError(f"{function} of weights in four bits")


class PackedLinear(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        codes = torch.randint(-8, 8, (outputs, inputs), dtype=torch.int8)
        self.weight = nn.Parameter(InFourBits(codes, 0.1), requires_grad=False)
        pairs = torch.randint(256, (outputs, inputs // 2), dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
        self.unused = nn.Parameter(pairs, requires_grad=False)  # a type of number that nothing computes with

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight.codes * self.weight.scale)


class Dropped(nn.Module):
    """LayerDrop: some layers are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.layers, self.head = nn.ModuleList(nn.Linear(6, 6) for _ in range(5)), nn.Linear(6, 3)

    def forward(self, x: Tensor, kept: list[int]) -> Tensor:
        for index in kept:
            x = x + self.layers[index](x).tanh()
        return self.head(x)


class Memory(nn.Module):
    """There is room for so many samples."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError("out of memory")
        return x.clone()
