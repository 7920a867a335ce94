"""The networks that the demos train, small enough to look at whole."""

from collections import OrderedDict

from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
# `chain_rule` does not know these.
OTHER_ACTIVATIONS: dict[str, type[nn.Module]] = {"selu": nn.SELU, "linear": nn.Identity}


def deep_mlp(depth: int, width: int, activation: str, inputs: int = 784, classes: int = 10) -> nn.Sequential:
    """`depth` hidden layers of equal width (fc1, act1, fc2, ...) and a linear output layer (out)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(flat=nn.Flatten())
    for i in range(1, depth + 1):
        layers[f"fc{i}"] = nn.Linear(inputs if i == 1 else width, width)
        layers[f"act{i}"] = (ACTIVATIONS | OTHER_ACTIVATIONS)[activation]()
    layers["out"] = nn.Linear(width if depth else inputs, classes)
    return nn.Sequential(layers)


def batch_norm_mlp(depth: int, width: int, activation: str, inputs: int = 784, classes: int = 10) -> nn.Sequential:
    """`deep_mlp` with batch normalization between each hidden layer and its activation (fc1, norm1, act1, ...)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(flat=nn.Flatten())
    for i in range(1, depth + 1):
        layers[f"fc{i}"] = nn.Linear(inputs if i == 1 else width, width)
        layers[f"norm{i}"] = nn.BatchNorm1d(width)
        layers[f"act{i}"] = (ACTIVATIONS | OTHER_ACTIVATIONS)[activation]()
    layers["out"] = nn.Linear(width if depth else inputs, classes)
    return nn.Sequential(layers)


class Residual(nn.Module):
    """A block x + scale * f(x) of equal width, where the branch f is one layer: a linear map of ReLU(x)."""

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.fc(x.relu())
        return x + self.scale * branch


def residual_mlp(blocks: int, width: int, scale: float, inputs: int = 784, classes: int = 10) -> nn.Sequential:
    """A linear layer in, `blocks` residual blocks (block1, block2, ...) and a linear layer out."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(flat=nn.Flatten(), into=nn.Linear(inputs, width))
    for i in range(1, blocks + 1):
        layers[f"block{i}"] = Residual(width, scale)
    layers["out"] = nn.Linear(width, classes)
    return nn.Sequential(layers)


def mlp(width: int = 36) -> nn.Sequential:
    """784 pixels, one hidden layer of ReLU neurons, ten outputs: each hidden neuron is a 28x28 template."""
    return nn.Sequential(
        OrderedDict(flat=nn.Flatten(), fc1=nn.Linear(784, width), relu1=nn.ReLU(), out=nn.Linear(width, 10))
    )


def cnn() -> nn.Sequential:
    """Two convolutions with pooling, a hidden dense layer, ten outputs: every layer is a picture of the one before."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 8, 5),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(8, 16, 5),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flat=nn.Flatten(),
            fc1=nn.Linear(256, 36),
            relu3=nn.ReLU(),
            out=nn.Linear(36, 10),
        )
    )
