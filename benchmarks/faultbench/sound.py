"""The sound configurations from which the faults are made."""

from dataclasses import replace

from benchmarks.faultbench.config import Config

MLP = Config(depth=3, steps=300)
MLP_ADAM = Config(depth=3, optimizer="adam", lr=3e-3, steps=300)
MLP10 = Config(depth=10, init="he", optimizer="adam", lr=1e-3, steps=300)
MLP10_SGD = replace(MLP10, optimizer="sgd", lr=0.05, depth=8)
MLP20 = replace(MLP10, depth=20, norm="layer")
RESIDUAL = replace(MLP10, residual=True, init="default", depth=12)
FUNCTIONAL = Config(model="functional", steps=300)
CNN = Config(model="cnn", width=12, lr=0.1, steps=240)
CNN_ADAM = replace(CNN, optimizer="adam", lr=3e-3, depth=3)
CNN_NORM = replace(CNN, norm="batch", depth=3)
DIGITS = Config(data="digits", batch=32, steps=300)
LSTM = Config(data="digits", model="lstm", depth=1, optimizer="adam", lr=1e-2, batch=32, width=32, steps=300)
GRU = replace(LSTM, model="gru")
TRANSFORMER = replace(LSTM, model="transformer", optimizer="adamw", lr=3e-3, depth=2, steps=240)
LANGUAGE = replace(TRANSFORMER, data="text", loss="characters", depth=1, batch=16, learns_below=0.9)
CODE = Config(
    data="mnist_pictures", model="autoencoder", depth=1, loss="mse of pixels", optimizer="adam", lr=3e-3, steps=300
)
BINARY = Config(data="breast_cancer", loss="bce", lr=0.1, batch=32, width=32, steps=300)
WINE = Config(data="wine", batch=16, width=32, steps=300)
WINE_ADAM = replace(WINE, optimizer="adam", lr=3e-3)
FRIEDMAN = Config(data="friedman", loss="mse", optimizer="adam", lr=3e-3, batch=32, width=32, steps=300)
DIABETES = replace(FRIEDMAN, data="diabetes", steps=240, learns_below=0.8)
FRIEDMAN_SGD = replace(FRIEDMAN, optimizer="sgd", lr=0.03, momentum=0.9)
DIABETES_TANH = replace(DIABETES, activation="tanh")
DIABETES_SGD = replace(DIABETES, optimizer="sgd", lr=0.03)
TANH = replace(MLP, activation="tanh", depth=2)
SIGMOID = replace(MLP_ADAM, activation="sigmoid", depth=2, lr=1e-2)
TANH8 = replace(MLP10_SGD, activation="tanh", init="xavier")
MLP_NORM = replace(MLP10, norm="batch", depth=5, lr=3e-3)
