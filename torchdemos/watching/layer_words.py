"""A layer in words: its type, how many numbers it takes and gives, and what keeps it from training as usual."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

SIZES = (  # pairs of attributes by which PyTorch's layers call what they take and give
    ("in_features", "out_features"),
    ("in_channels", "out_channels"),
    ("input_size", "hidden_size"),
    ("num_embeddings", "embedding_dim"),
)


def in_words(module: nn.Module | None) -> str:
    """`Linear 20 → 64`, `ReLU`, `Dropout 0.5`, `BatchNorm1d in evaluation`, of a momentum of 0 or 1
    `BatchNorm1d momentum 0`; empty for a layer that is gone."""
    if module is None:
        return ""
    kind, own = type(module).__name__, vars(module)
    for takes, gives in SIZES:
        if isinstance(own.get(takes), int) and isinstance(own.get(gives), int):
            return f"{kind} {own[takes]} → {own[gives]}"
    if isinstance(module, _DropoutNd):
        return f"{kind} {module.p:g}"
    if isinstance(module, _BatchNorm) and module.training and module.momentum in (0, 1):
        return f"{kind} momentum {module.momentum:g}"
    return kind if module.training or not isinstance(module, _BatchNorm) else f"{kind} in evaluation"
