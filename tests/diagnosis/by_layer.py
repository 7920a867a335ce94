"""Numbers by layer, to write rules' inputs in a line."""


def layers(*numbers: float) -> dict[str, float]:
    return {f"fc{i}": number for i, number in enumerate(numbers)}


def geometric(factor: float, depth: int) -> dict[str, float]:
    """Gradient norms in call order; each layer multiplies the norm by `factor` on the way back."""
    return layers(*(factor ** (depth - 1 - i) for i in range(depth)))
