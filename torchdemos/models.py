"""The networks that the demos train, small enough to look at whole."""

from collections import OrderedDict

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}


def deep_mlp(depth: int, width: int, activation: str, inputs: int = 784, classes: int = 10) -> nn.Sequential:
    """`depth` hidden layers of equal width (fc1, act1, fc2, ...) and a linear output layer (out)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(flat=nn.Flatten())
    for i in range(1, depth + 1):
        layers[f"fc{i}"] = nn.Linear(inputs if i == 1 else width, width)
        layers[f"act{i}"] = ACTIVATIONS[activation]()
    layers["out"] = nn.Linear(width if depth else inputs, classes)
    return nn.Sequential(layers)


def mlp(width: int = 36) -> nn.Sequential:
    """784 pixels, one hidden layer of ReLU neurons, ten outputs: each hidden neuron is a 28x28 template."""
    return nn.Sequential(
        OrderedDict(flat=nn.Flatten(), fc1=nn.Linear(784, width), relu1=nn.ReLU(), out=nn.Linear(width, 10))
    )


def cnn() -> nn.Sequential:
    """Two convolutions with pooling, one hidden dense layer, ten outputs: every layer is a picture of the last."""
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
