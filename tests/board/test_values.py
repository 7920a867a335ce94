"""Histograms, pictures and snapshots as TensorBoard reads them."""

import io
from pathlib import Path

import pytest
import torch
from PIL import Image
from reading import Log, raw_events
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_BLOB_SEQUENCE

from torchdemos.board import Board
from torchdemos.log import tags


def test_bars_of_zero_at_the_end_do_not_stretch_their_neighbours(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, histograms={"h": ([0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 2.0, 3.0, 4.0])})
    histogram = Log(tmp_path / "run").histogram("h")
    assert (histogram.min, histogram.max) == (2.0, 3.0)


@pytest.mark.parametrize("shape", [(4, 5), (40, 50)], ids=["few colours", "more than 256"])
def test_a_picture_keeps_its_colours(tmp_path: Path, shape: tuple[int, int]) -> None:
    picture = torch.rand(3, *shape, generator=torch.Generator().manual_seed(0))
    with Board(tmp_path / "run") as board:
        board.log(0, pictures={"p": picture})
    png = raw_events(tmp_path / "run")[1].summary.value[0].image.encoded_image_string
    image = Image.open(io.BytesIO(png))
    stored = torch.tensor(list(image.convert("RGB").tobytes())).view(*shape, 3).permute(2, 0, 1) / 255
    assert (stored - picture).abs().max() <= 0.5 / 255 + 1e-6
    assert image.mode == ("P" if shape == (4, 5) else "RGB")


def test_snapshots_are_stored_as_they_are_for_a_plugin_of_our_own(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(2, blobs={tags.NEURONS: [b"{}", b"\x00\xff"]}, prefix="generator")
    (value,) = raw_events(tmp_path / "run")[1].summary.value
    assert value.tag == f"generator_{tags.NEURONS}" and list(value.tensor.string_val) == [b"{}", b"\x00\xff"]
    assert value.metadata.plugin_data.plugin_name == "torchdemos"
    assert value.metadata.data_class == DATA_CLASS_BLOB_SEQUENCE
    assert value.metadata.summary_description == tags.DESCRIPTIONS[tags.NEURONS]


def test_a_picture_of_another_shape_is_one_sentence(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board, pytest.raises(ValueError, match=r"\[3, height, width\]; 'p' got \[28, 28\]"):
        board.log(0, pictures={"p": torch.rand(28, 28)})
