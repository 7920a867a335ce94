"""Every claim of the exhibit, measured."""

from pathlib import Path

import pytest
import torch
from reading import Log, unexplained

from torchdemos.board import Board
from torchdemos.lab import data, models
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import neurons, one_neuron
from torchdemos.lab.demos.configs import Neurons
from torchdemos.lab.demos.result import Result
from torchdemos.lab.evidence import untracked
from torchdemos.lab.experiments import nielsen_net
from torchdemos.log import tags


@pytest.fixture(scope="module")
def ran(digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("neurons") / "run"
    with Board(folder) as board:
        return folder, neurons.run(Neurons(steps=80, trials=20), board, digits)


def test_every_chart_explains_itself(ran: tuple[Path, Result]) -> None:
    assert unexplained(ran[0]) == []


def test_every_claim_of_a_run_holds(ran: tuple[Path, Result]) -> None:
    claims = ran[1].claims
    assert len(claims) == 10 and all(claim.holds for claim in claims), claims


@pytest.mark.parametrize("run", ["0_cnn", "1_mlp"])
def test_every_picture_is_there_at_few_steps_from_the_first_to_the_last(ran: tuple[Path, Result], run: str) -> None:
    log = Log(ran[0] / run)
    names = [tags.ONE_DIGIT, tags.TEN_DIGITS, tags.OVER_TRAINING, tags.BY_HAND, tags.TEMPLATES]
    assert sorted(log.tags("images")) == names
    steps = log.image_steps(names[0])
    assert len(steps) <= 10 and (steps[0], steps[-1]) == (0, 80)


def test_what_one_neuron_can_do_is_in_the_root_and_tall_pictures_are_pinned_last(ran: tuple[Path, Result]) -> None:
    log, pins = Log(ran[0]), neurons.pins(Neurons())
    assert sorted(log.tags("images")) == list(one_neuron.SIGHTS)
    assert [tag for _, tag, run in pins if run == "."] == list(one_neuron.SIGHTS)
    assert pins[0] == ("images", tags.BY_HAND, "1_mlp")
    assert [tag for _, tag, _ in pins[-3:]] == [tags.TEN_DIGITS, tags.ONE_DIGIT, tags.ONE_DIGIT]
    assert log.steps("2_capacity_20_inputs/measured") == [20, 34, 40, 46]
    assert "Cover" in log.description("4_pictures/6_capacity")


def test_full_adds_the_published_experiments(tmp_path: Path, digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_neuron, "FULL_SIZES", (5,))
    monkeypatch.setattr(one_neuron, "FULL_TRIALS", 3)
    monkeypatch.setattr(nielsen_net, "DIGITS", 100)
    found = list(one_neuron.experiments(Neurons(full=True, trials=1), digits, untracked))
    drawn = [tag for evidence in found for tag in evidence.pictures]
    assert drawn == [*one_neuron.SIGHTS, *one_neuron.FULL_SIGHTS]
    with Board(tmp_path / "run") as board:
        neurons.write_readme(Neurons(full=True), board, digits, ["mlp"])
    page = Log(tmp_path / "run").text("README")
    assert all(title in page for title, _ in one_neuron.FULL_SIGHTS.values())


def test_the_networks_learn(ran: tuple[Path, Result]) -> None:
    for run in ("0_cnn", "1_mlp"):
        accuracy = Log(ran[0] / run).values("1_overview/accuracy")
        assert accuracy[0] < 0.3 and accuracy[-1] > 0.8


def test_the_folder_is_small(ran: tuple[Path, Result]) -> None:
    assert sum(path.stat().st_size for path in ran[0].rglob("*") if path.is_file()) < 5_000_000


def test_the_value_of_a_neuron_belongs_to_its_input(digits: Digits) -> None:
    torch.manual_seed(0)
    layers = one_neuron.values(models.cnn(), data.probe(digits))
    assert list(layers) == ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "relu3", one_neuron.OUTPUT]
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
        result = neurons.run(Neurons(model="mlp", lr=1e30, steps=3, batch=8, trials=1), board, digits)
    assert result.verdict
