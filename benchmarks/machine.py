"""The machine in general terms, and the versions of everything."""

import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version

import torch

PACKAGES = (
    *("torchdemos", "torch", "torchvision", "tensorboard", "protobuf", "numpy"),
    *("wandb", "fastai", "lightning", "torchlens", "delve", "nnsight"),
)


def describe(threads: int) -> str:
    """One line."""
    accelerator = torch.cuda.get_device_name() if torch.cuda.is_available() else "no accelerator"
    cores = f"{os.cpu_count()} cores ({platform.machine()}), {threads} threads, {accelerator}"
    return f"{date.today()}: {cores}; {platform.system()}, Python {platform.python_version()}, {versions()}"


def versions() -> str:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
