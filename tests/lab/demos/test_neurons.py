"""Every claim of the demo, measured."""

import json
import re
from pathlib import Path

import pytest
import torch
from ends import assert_fits
from reading import Log, unexplained

from torchdemos.board import Board
from torchdemos.lab import data, models
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import neurons, one_neuron
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import Neurons
from torchdemos.lab.demos.display import figure_tag
from torchdemos.lab.experiments import nielsen_net
from torchdemos.lab.progress import no_progress


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("neurons") / "run"
    with Board(folder) as board:
        return folder, neurons.run(Neurons(steps=80, trials=20), board, digits)


def test_its_end_fits_on_a_screen(ran: tuple[Path, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    assert_fits(Neurons(), ran[1], capsys)


def test_every_question_has_an_outcome_that_theory_knew(ran: tuple[Path, Answer]) -> None:
    for question in neurons.questions(Neurons()):
        found = ran[1].outcomes[question.key]
        assert question.right(found.theory, found.measured), (question.key, found)


def test_every_chart_explains_itself(ran: tuple[Path, Answer]) -> None:
    assert unexplained(ran[0]) == []


def test_every_claim_of_a_run_holds(ran: tuple[Path, Answer]) -> None:
    claims = ran[1].claims
    held = [re.sub(r"\[.*\]", "[...]", claim.name) for claim in claims if claim.holds]
    assert held == [
        "cnn neuron [...], by hand",
        "cnn output 3, by hand",
        "mlp neuron [...], by hand",
        "mlp output 3, by hand",
        "mlp neuron [...] shown its weights",
        "40 labels for 20 inputs: share that one neuron can learn",
        "100 labels for 50 inputs: share that one neuron can learn",
        "farthest of 8 dots from Cover's law, in standard errors",
        "pixels that are never inked",
        "pixels whose weights get no gradient",
    ], claims


@pytest.mark.parametrize("run", ["0_cnn", "1_mlp"])
def test_every_picture_is_there_at_few_steps_from_the_first_to_the_last(ran: tuple[Path, Answer], run: str) -> None:
    log = Log(ran[0] / run)
    assert sorted(log.tags("images")) == [
        "4_pictures/1_neurons",
        "4_pictures/2_ten_digits",
        "4_pictures/3_over_training",
        "4_pictures/4_one_neuron_by_hand",
        "4_pictures/5_weights_as_pictures",
    ]
    steps = log.image_steps("4_pictures/1_neurons")
    assert len(steps) <= 10 and (steps[0], steps[-1]) == (0, 80)


def test_what_one_neuron_can_do_is_in_the_root_and_tall_pictures_are_pinned_last(ran: tuple[Path, Answer]) -> None:
    log, pins = Log(ran[0]), neurons.exhibit(Neurons()).pins
    shown = list(map(figure_tag, one_neuron.FIGURES))
    assert sorted(log.tags("images")) == [tag for _, tag, run in pins if run == "."] == shown
    assert pins[0] == ("images", figure_tag(neurons.BY_HAND), "1_mlp")
    tall = neurons.TEN_DIGITS, neurons.ONE_DIGIT, neurons.ONE_DIGIT
    assert [tag for _, tag, _ in pins[-3:]] == list(map(figure_tag, tall))
    assert log.steps("2_capacity_20_inputs/measured") == [20, 34, 40, 46]
    assert "Cover" in log.description("4_pictures/6_capacity")


def test_full_adds_the_published_experiments(tmp_path: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_neuron, "FULL_SIZES", (5,))
    monkeypatch.setattr(one_neuron, "FULL_TRIALS", 3)
    monkeypatch.setattr(nielsen_net, "DIGITS", 100)
    found = list(one_neuron.experiments(Neurons(full=True, trials=1), digits, no_progress))
    drawn = [figure for result in found for figure in result.figures]
    assert drawn == [*one_neuron.FIGURES, *one_neuron.FULL_FIGURES]
    with Board(tmp_path / "run") as board:
        neurons.introduce(Neurons(full=True), board, digits)
    page = Log(tmp_path / "run").text("README")
    assert all(figure.title in page for figure in one_neuron.FULL_FIGURES)


def test_the_networks_learn(ran: tuple[Path, Answer]) -> None:
    for run in ("0_cnn", "1_mlp"):
        accuracy = Log(ran[0] / run).values("1_overview/accuracy")
        assert accuracy[0] < 0.3 and accuracy[-1] > 0.8


def test_the_folder_is_small(ran: tuple[Path, Answer]) -> None:
    assert sum(path.stat().st_size for path in ran[0].rglob("*") if path.is_file()) < 5_000_000


def test_the_value_of_a_neuron_belongs_to_its_input(digits: Digits) -> None:
    torch.manual_seed(0)
    layers = one_neuron.values(models.cnn(), data.probe(digits))
    assert list(layers) == [
        "conv1",
        "relu1",
        "pool1",
        "conv2",
        "relu2",
        "pool2",
        "fc1",
        "relu3",
        one_neuron.OUTPUT_LAYER,
    ]
    assert all(layer.flatten(1).std(dim=0).max() > 0 for layer in layers.values())


@pytest.mark.parametrize("model", [models.cnn, models.mlp])
def test_the_neuron_by_hand_is_the_most_active_one_recorded(model, digits: Digits) -> None:
    torch.manual_seed(1)
    net, image = model(), data.probe(digits)[3]
    neuron, recorded = one_neuron.strongest(net, image)
    assert recorded == one_neuron.values(net, image[None])["relu1"].max()
    assert neuron.relu == pytest.approx(recorded, rel=1e-5)


def test_no_digit_excites_a_neuron_more_than_its_own_weights_do(digits: Digits) -> None:
    torch.manual_seed(1)
    net = models.mlp()
    claim = one_neuron.template_claim("mlp", net, data.probe(digits)[3])
    neuron, _ = one_neuron.strongest(net, data.probe(digits)[3])
    images = digits.test_images / digits.test_images.flatten(1).norm(dim=1).view(-1, 1, 1, 1) * neuron.inputs.norm()
    others = one_neuron.values(net, images.float())["relu1"][:, neuron.place[0]]
    assert claim.holds and others.max() < claim.measured


def test_a_dead_network_is_data_and_not_an_error(tmp_path: Path, digits: Digits) -> None:
    with Board(tmp_path / "run") as board:
        answer = neurons.run(Neurons(model="mlp", lr=1e30, steps=3, batch=8, trials=1), board, digits)
    assert answer.verdict


def test_the_snapshot_of_the_mlp_begins_with_a_picture(digits: Digits) -> None:
    torch.manual_seed(0)
    first, fc1, relu, _ = json.loads(one_neuron.snapshot_of(models.mlp(), data.probe(digits), "0123456789")[0])[
        "layers"
    ]
    assert first["shape"] == [1, 28, 28] and fc1["sum"]["from"] == 0 and (relu["kind"], relu["from"]) == ("ReLU", 1)


def test_the_page_has_the_accuracy_and_both_networks(ran: tuple[Path, Answer]) -> None:
    told = ran[1].told
    assert told is not None and [network["name"] for network in told.hero["networks"]] == ["mlp", "cnn"]
    share = Log(ran[0] / "1_mlp").values("1_overview/accuracy")[-1]
    assert f"**{100 * share:.0f} %** of the test digits are named right" in told.answer
