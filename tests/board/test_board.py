"""The only door to TensorBoard: what goes in is what TensorBoard reads."""

import io
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import torch
from PIL import Image
from reading import Log
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_BLOB_SEQUENCE
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.plugins.hparams import metadata
from torch.utils.tensorboard import SummaryWriter

from torchdemos.board import Board, layout
from torchdemos.log import links, tags
from torchdemos.log.links import first_view


def events(folder: Path) -> list[Event]:
    (file,) = folder.glob("*tfevents*")
    return [Event.FromString(record) for record in RawEventFileLoader(str(file)).Load()]


def test_what_is_logged_is_what_tensorboard_reads(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(
            3,
            scalars={"1_overview/loss": 0.5},
            histograms={"h": ([1, 2], [0.0, 1.0, 2.0])},
            pictures={"p": torch.rand(3, 4, 5)},
            texts={"README": "# hello"},
        )
    log = Log(tmp_path / "run")
    assert (log.steps("1_overview/loss"), log.values("1_overview/loss")) == ([3], [0.5])
    assert list(log.histogram("h").bucket) == [1, 2]
    assert log.image_steps("p") == [3]
    assert log.text("README") == "# hello"


def test_one_call_of_log_is_one_event(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={f"s/{i}": float(i) for i in range(200)}, texts={"t": "x"})
        board.log(1)
    assert len(events(tmp_path / "run")) == 2  # the file's version, and ours


def test_a_record_is_on_disk_before_the_board_is_closed(tmp_path: Path) -> None:
    board = Board(tmp_path / "run")
    board.log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "run").values("s") == [1.0]
    board.close()


def test_a_used_folder_is_refused(tmp_path: Path) -> None:
    Board(tmp_path / "run").close()
    with pytest.raises(FileExistsError, match="run.*choose another"):
        Board(tmp_path / "run")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(OSError, match="is a file"):
        Board(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    with pytest.raises(OSError, match="cannot make the log folder /proc/no/run"):
        Board("/proc/no/run")


def test_logging_after_close_is_an_error(tmp_path: Path) -> None:
    board = Board(tmp_path / "run")
    board.close()
    with pytest.raises(RuntimeError, match="closed"):
        board.log(0, scalars={"s": 1.0})


def test_a_variant_lies_below_and_closes_with_its_board(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        variant = board.variant("0_he")
        variant.log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "run" / "0_he").values("s") == [1.0]
    with pytest.raises(RuntimeError, match="closed"):
        variant.log(1, scalars={"s": 1.0})


def test_nan_is_written_and_the_first_one_noted(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(2, scalars={"1_overview/loss": 1.0})
        board.log(3, scalars={"1_overview/loss": math.nan})
        board.log(4, scalars={"1_overview/loss": math.inf})
    log = Log(tmp_path / "run")
    assert math.isnan(log.values("1_overview/loss")[1])
    assert log.text("diagnosis") == "`1_overview/loss` was not finite for the first time at step 3."


def test_descriptions_come_with_the_first_value_of_a_tag(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={tags.LOSS: 1.0, f"{tags.GRADIENT_NORM}/00_fc1": 1.0})
        board.log(1, scalars={tags.LOSS: 1.0})
    log = Log(tmp_path / "run")
    assert "ln 10" in log.description(tags.LOSS)
    assert "vanishing" in log.description(f"{tags.GRADIENT_NORM}/00_fc1")
    assert not events(tmp_path / "run")[2].summary.value[0].metadata.summary_description


def test_every_kind_of_tag_has_a_description() -> None:
    names = [value for name, value in vars(tags).items() if name.isupper() and isinstance(value, str)]
    undescribed = [name for name in names if not any(key.startswith(name) for key in tags.DESCRIPTIONS)]
    assert undescribed == []


def test_bars_of_zero_at_the_end_do_not_stretch_their_neighbours(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, histograms={"h": ([0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 2.0, 3.0, 4.0])})
    histogram = Log(tmp_path / "run").histogram("h")
    assert (histogram.min, histogram.max) == (2.0, 3.0)


def test_later_histograms_of_a_tag_have_its_prefix_and_their_own_numbers(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for step, counts in enumerate(([1.0, 2.0], [0.0, 5.0])):
            board.log(step, histograms={"h": (counts, [0.0, 1.0, 2.0])}, prefix="generator")
    histogram = Log(tmp_path / "run").histogram("generator_h")
    assert (histogram.num, histogram.min, histogram.max, [*histogram.bucket]) == (5.0, 1.0, 2.0, [0.0, 5.0])


@pytest.mark.parametrize("shape", [(4, 5), (40, 50)], ids=["few colours", "more than 256"])
def test_a_picture_keeps_its_colours(tmp_path: Path, shape: tuple[int, int]) -> None:
    picture = torch.rand(3, *shape, generator=torch.Generator().manual_seed(0))
    with Board(tmp_path / "run") as board:
        board.log(0, pictures={"p": picture})
    png = events(tmp_path / "run")[1].summary.value[0].image.encoded_image_string
    image = Image.open(io.BytesIO(png))
    stored = torch.tensor(list(image.convert("RGB").tobytes())).view(*shape, 3).permute(2, 0, 1) / 255
    assert (stored - picture).abs().max() <= 0.5 / 255 + 1e-6
    assert image.mode == ("P" if shape == (4, 5) else "RGB")


def test_the_custom_scalar_layout_is_what_the_plugin_parses(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.show(layout.custom_scalars({"depth": {"lines": ["a", "b"], "band": ("m", "low", "high")}}))
    (category,) = Layout.FromString(Log(tmp_path / "run").content("custom_scalars__config__")).category
    lines, band = category.chart
    assert list(lines.multiline.tag) == ["a", "b"]
    assert (band.margin.series[0].value, band.margin.series[0].upper) == ("m", "high")


def test_hparams_are_what_the_plugin_parses(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.show(layout.experiment(["init", "lr"], {"final/accuracy": "accuracy"}))
        board.show(layout.session_start({"init": "he", "lr": 0.1}), layout.session_end(failed=True))
    experiment, start, end = (
        value.metadata.plugin_data.content for e in events(tmp_path / "run")[1:] for value in e.summary.value
    )
    assert [info.name for info in metadata.parse_experiment_plugin_data(experiment).hparam_infos] == ["init", "lr"]
    parsed = metadata.parse_session_start_info_plugin_data(start).hparams
    assert (parsed["init"].string_value, parsed["lr"].number_value) == ("he", 0.1)
    assert metadata.parse_session_end_info_plugin_data(end).status == 2


FILL = """
import resource, signal, sys, torch
from torchdemos.board import Board
board = Board(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
step = 0
try:
    while True:
        board.log(step, scalars={"s": float(step)})
        step += 1
except OSError as error:
    print(step, error.strerror)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
"""


def test_a_full_disk_is_one_sentence_and_loses_nothing_logged_before(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", FILL, tmp_path / "run"], capture_output=True, text=True, check=True
    ).stdout
    written = int(said.split()[0])
    assert "cannot write the log" in said and "everything logged before is intact" in said
    assert Log(tmp_path / "run").steps("s") == list(range(written)) and written > 10


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("fc1", "fc1"),
        ("lstm[0]", "lstm.0"),
        ("head['logits']", "head.logits"),
        ("relu#2", "relu#2"),
        ("layers.0.norm", "layers.0.norm"),
    ],
)
def test_layer_names_are_safe_inside_a_tag(name: str, tag: str) -> None:
    assert tags.clean(name) == tag


def test_layers_sort_in_call_order_however_many_there_are() -> None:
    few, many = [tags.layer(i, "x", 12) for i in range(12)], [tags.layer(i, "x", 120) for i in range(120)]
    assert sorted(few) == few and sorted(many) == many


def test_a_first_view_pins_its_cards() -> None:
    url = urlparse(first_view([("scalars", "1/loss", None), ("images", "4/p", "0_he")], ["demo/1"]))
    assert parse_qs(url.query)["pinnedCards"] == [
        '[{"plugin":"scalars","tag":"1/loss"},'
        '{"plugin":"images","tag":"4/p","runId":"defaultExperimentId/demo/1/0_he","sample":0}]'
    ]
    assert url.fragment == "timeseries"


def test_a_card_is_pinned_under_every_name_of_its_run() -> None:
    names = links.names(Path("/logs/all/stamp/flow"))
    assert names == ["", "flow", "stamp/flow", "all/stamp/flow"]
    (pinned,) = parse_qs(urlparse(first_view([("images", "p", "."), ("scalars", "s", None)], names)).query)[
        "pinnedCards"
    ]
    runs = [card.get("runId", "all").removeprefix("defaultExperimentId/") for card in json.loads(pinned)]
    assert runs == [".", "flow", "stamp/flow", "all/stamp/flow", "all"]


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        (["0_he", "."], []),
        (["flow", "flow/0_he"], []),
        (["a+b/flow", "a+b/flow/0.theory"], ["aab/flow", "c/flow/0_he"]),
    ],
    ids=["its own folder", "the one above", "two above"],
)
def test_only_the_run_itself_and_its_variants_are_shown(shown: list[str], hidden: list[str]) -> None:
    view = first_view([], links.names(Path("/a+b/flow")))
    (pattern,) = parse_qs(urlparse(view).query)["runFilter"]
    assert all(re.search(pattern, run) for run in shown) and not any(re.search(pattern, run) for run in hidden)
    assert "runFilter" not in first_view([])


def test_a_run_and_its_theory_share_a_colour() -> None:
    (grouping,) = parse_qs(urlparse(first_view([])).query)["runColorGroup"]
    pattern = grouping.removeprefix("regex:")
    found = {
        run: re.search(pattern, run) for run in ("0_vanish", "a/1/0.theory", "12_x", "flow/2026-11-24_03-28-11", ".")
    }
    assert [match and match[1] for match in found.values()] == ["0", "a/1/0", "12", "flow/2026-11-24_03-28-11", None]


def test_a_loss_may_still_have_its_graph(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, scalars={"s": torch.ones(1, requires_grad=True).sum() * 3})
    assert Log(tmp_path / "run").values("s") == [3.0]


def test_snapshots_are_stored_as_they_are_for_a_plugin_of_our_own(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(2, blobs={tags.NEURONS: [b"{}", b"\x00\xff"]}, prefix="generator")
    (value,) = events(tmp_path / "run")[1].summary.value
    assert value.tag == f"generator_{tags.NEURONS}" and list(value.tensor.string_val) == [b"{}", b"\x00\xff"]
    assert value.metadata.plugin_data.plugin_name == "torchdemos"
    assert value.metadata.data_class == DATA_CLASS_BLOB_SEQUENCE
    assert value.metadata.summary_description == tags.DESCRIPTIONS[tags.NEURONS]


def test_a_picture_of_another_shape_is_one_sentence(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board, pytest.raises(ValueError, match=r"\[3, height, width\]; 'p' got \[28, 28\]"):
        board.log(0, pictures={"p": torch.rand(28, 28)})


def test_a_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Board("~/run").close()
    assert (tmp_path / "run").is_dir()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SummaryWriter]:
    with SummaryWriter(str(tmp_path / "own")) as writer:
        yield writer


def test_a_summary_writer_takes_the_place_of_a_folder(tmp_path: Path, writer: SummaryWriter) -> None:
    writer.add_scalar("loss", 2.0, 7)
    everything = {
        "scalars": {tags.LOSS: 0.1, "nan": math.nan},
        "histograms": {"h": ([1, 2], [0.0, 1.0, 2.0])},
        "pictures": {"p": torch.rand(3, 4, 5)},
        "texts": {"README": "# hello"},
    }
    for where in (tmp_path / "folder", writer):
        board = Board(where)
        board.describe({"nan": "what is not a number"})
        board.log(3, **everything)
    own, folder = events(tmp_path / "own"), events(tmp_path / "folder")
    assert board.folder == tmp_path / "own"
    assert own[-1].summary == folder[-1].summary and own[-1].step == folder[-1].step == 3
    assert len(own) == 3  # the file's version, the writer's own, and ours
    log = Log(tmp_path / "own")
    assert (log.values("loss"), log.steps(tags.LOSS)) == ([2.0], [3]) and "ln 10" in log.description(tags.LOSS)


def test_what_goes_through_a_writer_is_on_disk_at_once(tmp_path: Path, writer: SummaryWriter) -> None:
    board = Board(writer)
    for step in range(3):
        board.log(step, scalars={"s": 1.0})
        assert Log(tmp_path / "own").steps("s") == list(range(step + 1))


def test_a_writer_is_left_open(tmp_path: Path, writer: SummaryWriter) -> None:
    with Board(writer) as board:
        board.log(0, scalars={"s": 1.0})
    with pytest.raises(RuntimeError, match="the board at .*own is closed"):
        board.log(1, scalars={"s": 1.0})
    writer.add_scalar("s", 2.0, 1)
    writer.flush()
    assert Log(tmp_path / "own").values("s") == [1.0, 2.0]


def test_a_closed_writer_is_one_sentence(tmp_path: Path, writer: SummaryWriter) -> None:
    board = Board(writer)
    writer.close()
    with pytest.raises(RuntimeError, match="the SummaryWriter of .*own is closed"):
        board.log(0, scalars={"s": 1.0})


def test_a_writer_that_its_owner_opens_again_is_written_to_again(tmp_path: Path, writer: SummaryWriter) -> None:
    board = Board(writer)
    board.log(0, scalars={"s": 1.0})
    writer.close()
    writer.add_scalar("loss", 1.0, 1)
    board.log(1, scalars={"s": 2.0})
    assert sum(1 for _ in (tmp_path / "own").iterdir()) == 2  # PyTorch begins a file each time


class Lookalike:
    file_writer, log_dir = None, "logs"


@pytest.mark.parametrize("other", [Lookalike(), 3, None], ids=["lookalike", "number", "none"])
def test_another_kind_of_writer_is_named_beside_what_is_accepted(other: object) -> None:
    kind = type(other).__qualname__
    with pytest.raises(TypeError, match=f"takes a folder or a torch.utils.tensorboard.SummaryWriter, not a .*{kind}"):
        Board(other)  # type: ignore[arg-type]


def test_a_variant_of_a_writers_run_lies_in_a_folder_below(tmp_path: Path, writer: SummaryWriter) -> None:
    with Board(writer) as board:
        board.variant("0_he").log(0, scalars={"s": 1.0})
    assert Log(tmp_path / "own" / "0_he").values("s") == [1.0]


def test_a_full_disk_under_a_writer_is_one_sentence(tmp_path: Path) -> None:
    opened = FILL.replace("Board(sys.argv[1])", "Board(SummaryWriter(sys.argv[1]))")
    code = "from torch.utils.tensorboard import SummaryWriter\n" + opened
    ran = subprocess.run([sys.executable, "-c", code, tmp_path / "run"], capture_output=True, text=True, check=True)
    assert "cannot write the log in" in ran.stdout


def test_a_prefix_keeps_two_models_apart_under_the_same_descriptions(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for name in ("generator", "discriminator", ""):
            board.log(0, scalars={f"{tags.GRADIENT_NORM}/00_fc1": 1.0}, texts={"silent": name}, prefix=name)
    log = Log(tmp_path / "run")
    plain = f"{tags.GRADIENT_NORM}/00_fc1"
    assert set(log.tags()) == {f"generator_{plain}", f"discriminator_{plain}", plain}
    assert log.description(f"generator_{plain}") == log.description(plain) != ""
    assert log.text("generator_silent") == "generator"


def test_each_prefix_notes_its_own_first_number_that_is_not_finite(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        for step, name in enumerate(["a", "b", "a"]):
            board.log(step, scalars={"s": math.nan}, prefix=name)
    log = Log(tmp_path / "run")
    assert log.text("a_diagnosis") == "`a_s` was not finite for the first time at step 0."
    assert log.text("b_diagnosis") == "`b_s` was not finite for the first time at step 1."


@pytest.mark.parametrize(("prefix", "tag"), [("my (gan)/1", "my.gan.1_h"), ("()", "h"), ("", "h")])
def test_a_prefix_is_safe_inside_a_tag(prefix: str, tag: str) -> None:
    assert tags.prefixed(prefix, "h") == tag
