"""A layer in words: its type, and how many numbers it takes and gives."""

from torch import nn

SIZES = (  # pairs of attributes by which PyTorch's layers call what they take and give
    ("in_features", "out_features"),
    ("in_channels", "out_channels"),
    ("input_size", "hidden_size"),
    ("num_embeddings", "embedding_dim"),
)


def in_words(module: nn.Module | None) -> str:
    """`Linear 20 → 64`, `Conv2d 3 → 16`, `ReLU`; empty for a layer that is gone."""
    if module is None:
        return ""
    kind = type(module).__name__
    for names in SIZES:
        sizes = [module.__dict__.get(name) for name in names]
        if all(isinstance(size, int) for size in sizes):
            return f"{kind} {sizes[0]} → {sizes[1]}"
    return kind
