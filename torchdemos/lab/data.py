"""MNIST as tensors on a device: the full set where it is found, otherwise 5,000 digits from inside the package.

Pixels go from 0 (paper) to 1 (ink). Nothing is downloaded unless asked, and the MD5 of every file of the full set is
checked.
"""

import hashlib
import io
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Pixel mean and std of the 60,000 training images, 0.130660 and 0.308108, rounded as in PyTorch's MNIST example.
MEAN, STD = 0.1307, 0.3081
MNIST_TRAIN_DIGITS = 60_000

# For every part of the full set: the name in torchvision's layout, and size in bytes and MD5 of the unpacked file.
FILES = {
    "train_images": ("train-images-idx3-ubyte", 47_040_016, "6bbc9ace898e44ae57da46a324031adb"),
    "train_labels": ("train-labels-idx1-ubyte", 60_008, "a25bea736e30d166cdddb491f175f624"),
    "test_images": ("t10k-images-idx3-ubyte", 7_840_016, "2646ac647ad5339dbf082846283269ea"),
    "test_labels": ("t10k-labels-idx1-ubyte", 10_008, "27ae3e4e09519cfbb04c329615203637"),
}

EMBEDDED_MD5 = "23fd71592e3a2a82e993fd0b77ad5e24"
AGAIN = "install torchdemos again, or name a folder that holds MNIST/raw with --data-dir"

# Every error message ends with the way that needs no file and no network.
EMBEDDED_BY_DEFAULT = "without --data-dir, TORCHDEMOS_DATA and ./data/MNIST the embedded digits are used"
USE_EMBEDDED = "leave out --data-dir and TORCHDEMOS_DATA to use the embedded digits"


@dataclass(frozen=True)
class Digits:
    """MNIST digits as tensors, ink 1 on paper 0."""

    train_images: Tensor  # [N, 1, 28, 28] float32, 0..1
    train_labels: Tensor  # [N] int64, 0..9
    test_images: Tensor
    test_labels: Tensor
    source: str  # one phrase that a run prints

    @property
    def train(self) -> tuple[Tensor, Tensor]:
        """Images and labels to learn from."""
        return self.train_images, self.train_labels

    @property
    def test(self) -> tuple[Tensor, Tensor]:
        """Images and labels to ask about afterwards."""
        return self.test_images, self.test_labels


def load(data_dir: str | Path | None = None, download: bool = False, device: torch.device | str = "cpu") -> Digits:
    """Load MNIST's handwritten digits: the full set where it is found, else 5,000 digits that come with the package.

    `load().train` and `load().test` are pairs of images and labels. Images are float32 [N, 1, 28, 28], where 0 is paper
    and 1 is ink; labels are int64 [N], from 0 to 9. N is 4,000 and 1,000, or 60,000 and 10,000 of the full set, and
    `source` says in a phrase which of the two it is. All tensors lie on `device`, with the same bits on each.

    The full set is looked for in `data_dir`, else in the folder named by the environment variable TORCHDEMOS_DATA,
    else in ./data, in torchvision's layout (<folder>/MNIST/raw/train-images-idx3-ubyte and three more).
    `download=True` fetches it there through torchvision, if it is missing; nothing is downloaded otherwise.

    Raises `FileNotFoundError` if a folder was named and lacks the set, `ConnectionError` if the download fails,
    `ModuleNotFoundError` if it needs torchvision and that is not installed, `ValueError` if a file is not MNIST's own,
    and `OSError` if one cannot be read.

    Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition".

    ```python
    from torchdemos import load

    images, labels = load().train
    print(images.shape, labels[:10])
    ```
    """
    named = data_dir or os.environ.get("TORCHDEMOS_DATA")
    root = Path(named or "data").expanduser()
    missing = _missing(root)
    if missing and download:
        _download(root)
    elif missing and named:
        raise FileNotFoundError(_not_found(missing[0], root))
    elif missing:
        return _embedded(device)
    return _full(root, device)


def standardize(images: Tensor) -> Tensor:
    """Shift and scale pixels 0..1 so that MNIST's training images have mean 0 and std 1."""
    return (images - MEAN) / STD


def probe(digits: Digits) -> Tensor:
    """Pick the fixed probe: the first test image of each class, [10, 1, 28, 28], in order 0..9.

    Raises ValueError if a class has no test image.
    """
    absent = set(range(10)) - set(digits.test_labels.tolist())
    if absent:
        raise ValueError(f"the probe needs a test image of every class, and there is none of {sorted(absent)}")
    first = [int((digits.test_labels == digit).nonzero()[0]) for digit in range(10)]
    return digits.test_images[first]


def _embedded(device: torch.device | str) -> Digits:
    path = resources.files("torchdemos.lab.digits") / "digits.npz"
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OSError(f"cannot read the embedded digits in {path} ({reason}); {AGAIN}") from error
    found = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    if found != EMBEDDED_MD5:
        raise ValueError(
            f"the embedded digits in {path} are damaged: expected MD5 {EMBEDDED_MD5}, found {found}; {AGAIN}"
        )
    with np.load(io.BytesIO(raw)) as arrays:
        return _digits(dict(arrays), device, "embedded sample")


def _full(root: Path, device: torch.device | str) -> Digits:
    arrays = {part: _parse(_verified(root, part)) for part in FILES}
    return _digits(arrays, device, "full MNIST", f" from {root}")


def _digits(arrays: dict[str, NDArray[np.uint8]], device: torch.device | str, name: str, place: str = "") -> Digits:
    counts = f"{len(arrays['train_labels']):,} train and {len(arrays['test_labels']):,} test digits"
    tensors = {part: _tensor(array).to(device) for part, array in arrays.items()}
    return Digits(**tensors, source=f"{name}: {counts}{place}")


def _tensor(array: NDArray[np.uint8]) -> Tensor:
    """Scale to 0..1 on the CPU, for the same bits on every device: a GPU would multiply by a rounded 1/255."""
    if array.ndim == 1:
        return torch.from_numpy(array.astype(np.int64))
    return torch.from_numpy(array.astype(np.float32) / 255).unsqueeze(1)


def _parse(raw: bytes) -> NDArray[np.uint8]:
    """Parse the idx format: two zero bytes, the type, the number of dimensions, each a big-endian int32, the data."""
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def _verified(root: Path, part: str) -> bytes:
    _, size, md5 = FILES[part]
    path = _raw(root, part)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OSError(
            f"cannot read {path} ({reason}); make it readable, or move it away ({EMBEDDED_BY_DEFAULT})"
        ) from error
    found = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    if found != md5:
        raise ValueError(
            f"{path} is damaged or is not MNIST's: expected {size:,} bytes with MD5 {md5}, found {len(raw):,} bytes "
            f"with MD5 {found}; delete it and fetch it again with --download, or move it away ({EMBEDDED_BY_DEFAULT})"
        )
    return raw


def _raw(root: Path, part: str) -> Path:
    return root / "MNIST" / "raw" / FILES[part][0]


def _missing(root: Path) -> list[Path]:
    return [path for path in (_raw(root, part) for part in FILES) if not os.path.isfile(path)]


def _not_found(path: Path, root: Path) -> str:
    packed = " (only packed, as .gz: unpack it)" if os.path.exists(f"{path}.gz") else ""
    return (
        f"no MNIST in {root}: {path} is missing{packed}; "
        f"give the folder that holds MNIST/raw, pass --download, or {USE_EMBEDDED}"
    )


def _download(root: Path) -> None:
    try:
        from torchvision.datasets import MNIST

        MNIST(root, download=True)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # whatever went wrong, the same two remedies help
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConnectionError(
            f"downloading MNIST into {root} failed ({reason}); check the network and try again, "
            "or leave out --download (and --data-dir) to use the embedded digits"
        ) from error
