"""Watching any model in any loop: the numbers are right, and nothing happens between looks."""

import math
import warnings
from pathlib import Path

import pytest
import torch
from reading import Log, unexplained
from small import backward, digits, small, train
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import Board, every, watch
from torchdemos.log import run_folder


def test_two_lines_and_a_folder_are_enough(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
    assert Log(tmp_path / "mine").steps("2_grad_norm_log10/00_0") == [0]
    assert around.findings() == []


def test_gradient_norms_are_those_of_autograd(tmp_path: Path) -> None:
    model, (x, y) = small(), digits()
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
    hidden = model[0](x)
    (true,) = torch.autograd.grad(cross_entropy(model[2](model[1](hidden)), y), hidden)
    assert around.last is not None
    assert around.last.gradients["0"]["norm"] == pytest.approx(true.norm().item(), rel=1e-5)
    assert around.last.gradients["0"]["abs_max"] == pytest.approx(true.abs().max().item(), rel=1e-5)
    logged = Log(tmp_path / "mine").values("2_grad_norm_log10/00_0")[0]
    assert logged == pytest.approx(math.log10(true.norm().item()), abs=1e-5)


def test_parameters_are_seen_with_their_gradients_and_updates(tmp_path: Path) -> None:
    model = small()
    before = model[0].weight.detach().clone()
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
        torch.optim.SGD(model.parameters(), lr=0.5).step()
    assert around.last is not None
    seen, gradient = around.last.parameters["0.weight"], model[0].weight.grad
    assert gradient is not None
    assert seen["grad_norm"] == pytest.approx(gradient.norm().item(), rel=1e-5)
    assert seen["update_ratio"] == pytest.approx(0.5 * gradient.norm().item() / before.norm().item(), rel=1e-5)
    total = math.sqrt(sum(float(p.grad.double().square().sum()) for p in model.parameters() if p.grad is not None))
    assert around.last.gradient_norm == pytest.approx(total, rel=1e-6)


def test_without_a_step_inside_there_is_no_update_ratio(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
    assert not [tag for tag in Log(tmp_path / "mine").tags() if "update_ratio" in tag]


def test_a_watched_folder_opens_on_cards_that_are_there(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0):
        train(model)
    log, run = Log(tmp_path / "mine"), run_folder.newest(tmp_path)
    assert run is not None and run.pins and all(tag in log.tags(plugin) for plugin, tag, _ in run.pins)


def test_nothing_is_attached_between_looks(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", when=every(2))
    with around(1):
        assert not any(module._forward_hooks for module in model.modules())
        backward(model)
    assert around.last is None


def test_every_chart_of_a_watched_model_explains_itself(tmp_path: Path) -> None:
    model = small()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, tmp_path / "mine", detail="pictures", prefix="generator")(0):
        backward(model)
        optimizer.step()
    assert unexplained(tmp_path / "mine") == []


def test_one_look_is_one_event(tmp_path: Path) -> None:
    model = small()
    with Board(tmp_path / "mine") as board:
        around = watch(model, board, detail="pictures")
        with around(0):
            backward(model)
        with around(10):
            backward(model)
    (file,) = (tmp_path / "mine").glob("*tfevents*")
    assert len(list(RawEventFileLoader(str(file)).Load())) == 3  # the file's version, and two looks


def test_validation_outside_the_block_is_not_seen(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
    model(torch.full((8, 6), 1e6))
    assert Log(tmp_path / "mine").values("3_activation_abs_max/00_0")[0] < 100


class Skipping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x: Tensor, use_b: bool) -> Tensor:
        return self.b(self.a(x)) if use_b else self.a(x)


def test_a_layer_that_is_skipped_has_no_point_at_that_step(tmp_path: Path) -> None:
    model, (x, _) = Skipping(), digits()
    around = watch(model, tmp_path / "mine", when=every(1))
    for step, use_b in enumerate([True, False, True]):
        with around(step):
            model(x, use_b).sum().backward()
            torch.optim.SGD(model.parameters(), lr=0.0).step()
    log = Log(tmp_path / "mine")
    assert log.steps("3_activation_std/00_a") == [0, 1, 2]
    assert log.steps("3_activation_std/01_b") == [0, 2]


def test_accumulated_gradients_are_read_once(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    around = watch(model, tmp_path / "mine")
    with around(0):
        for _ in range(4):
            model(torch.ones(4, 1)).sum().backward()
        torch.optim.SGD(model.parameters(), lr=0.0).step()
    assert around.last is not None
    assert around.last.parameters["0.weight"]["grad_norm"] == pytest.approx(16)


def test_tiny_gradients_are_numbers_not_zeros(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layers = [layer for _ in range(40) for layer in (nn.Linear(10, 10), nn.Sigmoid())]
    model = nn.Sequential(*layers, nn.Linear(10, 3))
    around = watch(model, tmp_path / "mine", layers=nn.Linear)
    with around(0):
        cross_entropy(model(torch.randn(4, 10)), torch.tensor([0, 1, 2, 0])).backward()
    assert around.last is not None
    norms = [gradient["norm"] for gradient in around.last.gradients.values()]
    assert 0 < norms[0] < 1e-20
    assert [finding.kind for finding in around.findings()] == ["vanishing gradient"]


def test_the_layer_that_made_the_nan_is_named(tmp_path: Path) -> None:
    model = small()
    with torch.no_grad():
        model[2].weight[0, 0] = math.nan
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
    finding = around.findings()[0]
    assert (finding.kind, finding.layer) == ("not finite", "2")
    assert Log(tmp_path / "mine").values("2_nonfinite/02_2")[0] == pytest.approx(1 / 3)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
@pytest.mark.parametrize("detail", ["scalars", "histograms", "pictures"])
def test_a_run_that_blows_up_keeps_being_logged(tmp_path: Path, value: float, detail: str) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", when=every(1), detail=detail)  # type: ignore[arg-type]
    for step in range(3):
        with around(step):
            train(model)
        with torch.no_grad():
            model[0].weight.fill_(value)
    assert Log(tmp_path / "mine").steps("3_activation_mean/00_0") == [0, 1, 2]


def test_dead_units_need_a_thousand_samples(tmp_path: Path) -> None:
    model = small()
    with torch.no_grad():
        model[0].bias[:4] = -1e6
    around = watch(model, tmp_path / "mine", when=every(1), alert=None)
    kinds = []
    for step in range(130):
        with around(step):
            train(model, lr=1e-4)
            around.loss(1.0)
        kinds.append("dead units" in {finding.kind for finding in around.findings()})
    assert kinds.index(True) == 124  # 125 looks at 8 samples are 1,000


def test_saturated_units_are_found_in_the_activation_that_saturates(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    with torch.no_grad():
        model[0].weight.mul_(1e3)
    around = watch(model, tmp_path / "mine")
    with around(0):
        backward(model)
    assert ("saturated units", "1") in {(finding.kind, finding.layer) for finding in around.findings()}


def test_losses_may_be_given_to_findings(tmp_path: Path) -> None:
    around = watch(small(), tmp_path / "mine")
    assert [finding.kind for finding in around.findings([2.3, math.nan, math.nan])] == ["not finite"]


def test_pictures_come_at_round_steps_only(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", when=every(1), detail="pictures")
    for step in range(25):
        with around(step):
            train(model)
    assert Log(tmp_path / "mine").image_steps("4_pictures/neurons") == [0, 1, 2, 5, 10, 20]


def test_evaluation_without_gradients_can_be_watched(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0), torch.no_grad():
        model(digits()[0])
    assert around.last is not None and around.last.gradient_norm is None and not around.last.gradients


def test_an_exception_inside_leaves_no_hook_and_no_event(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with pytest.raises(ZeroDivisionError), around(0):
        1 / 0  # noqa: B018
    assert not any(module._forward_hooks for module in model.modules())
    assert Log(tmp_path / "mine").tags() == []


def test_an_unknown_layer_is_named_at_once_with_the_closest_there_is(tmp_path: Path) -> None:
    model = nn.Sequential()
    model.add_module("fc1", nn.Linear(2, 2))
    with pytest.raises(LookupError, match="fc_1.*fc1"):
        watch(model, tmp_path / "mine", layers=["fc_1"])
    assert not (tmp_path / "mine").exists()


def test_an_unknown_detail_is_named_with_the_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'everything' is unknown.*pictures"):
        watch(small(), tmp_path / "mine", detail="everything")  # type: ignore[arg-type]


def test_bars_of_the_depth_profile_are_layers(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", layers=nn.Linear)
    with around(0):
        backward(model)
    assert around.last is not None
    first, last = (gradient["norm"] for gradient in around.last.gradients.values())
    histogram = Log(tmp_path / "mine").histogram("3_depth_profile/grad_norm_by_layer")
    assert list(histogram.bucket) == pytest.approx([first / max(first, last), last / max(first, last)])


@pytest.mark.parametrize("place", ["before", "after"])
def test_weights_are_blamed_only_if_they_were_broken_before_the_step(tmp_path: Path, place: str) -> None:
    model, (x, y) = small(), digits()
    x[0, 0] = math.nan if place == "after" else 0.0
    with torch.no_grad():
        model[0].weight[0, 0] = math.nan if place == "before" else 0.0
    around = watch(model, tmp_path / "mine")
    with around(0):
        cross_entropy(model(x), y).backward()
        torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert around.last is not None
    assert around.last.weights_finite["0"] == (place == "after")


def test_weights_of_a_fused_child_count_as_the_layers_own(tmp_path: Path) -> None:
    model = nn.MultiheadAttention(4, 2)
    with torch.no_grad():
        model.out_proj.weight.fill_(math.nan)
    around, q = watch(model, tmp_path / "mine"), torch.randn(3, 1, 4)
    with around(0):
        model(q, q, q)[0].sum().backward()
    assert around.last is not None and not any(around.last.weights_finite.values())


def test_dead_channels_of_a_sequence_convolution_are_channels(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv1d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(30, 2))
    with torch.no_grad():
        model[0].bias[3] = -1e6
    around = watch(model, tmp_path / "mine")
    with around(0):
        model(torch.randn(7, 2, 8)).sum().backward()
    assert around.last is not None and around.last.activations["1"]["dead_units"] == pytest.approx(0.2)


def test_dead_features_of_a_transformer_are_features(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU())
    with torch.no_grad():
        model[0].bias[3] = -1e6
    around = watch(model, tmp_path / "mine")
    with around(0):
        model(torch.randn(4, 9, 6)).sum().backward()
    assert around.last is not None and around.last.activations["1"]["dead_units"] == pytest.approx(0.2)


class Gives(nn.Module):
    """A layer that gives whatever it is told to."""

    def __init__(self, output: object) -> None:
        super().__init__()
        self.output = output

    def forward(self, x: Tensor) -> object:
        return self.output


NOISE = torch.randn(2, 3, 4, 5, 6, generator=torch.Generator().manual_seed(0))
OUTPUTS = {
    "a number": torch.tensor(3.0),
    "no samples": torch.zeros(0, 6),
    "no features": torch.zeros(2, 0),
    "truth values": torch.ones(3, dtype=torch.bool),
    "integers": torch.arange(4),
    "complex": torch.complex(NOISE, -NOISE),
    "five dimensions": NOISE,
    "sparse": NOISE[0, 0, 0].to_sparse(),
    "without values": NOISE.to("meta"),
    "float8": NOISE.to(torch.float8_e4m3fn),
    "not a number": torch.full((2, 3), math.nan),
    "nested": {"a": [NOISE, None]},
    "none": None,
    "text": "text",
}


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_no_output_of_any_kind_stops_the_training(tmp_path: Path, output: object) -> None:
    model = nn.Sequential(nn.Linear(6, 5), Gives(output))
    around = watch(model, tmp_path / "mine", detail="pictures")
    with around(0):
        model(digits()[0])
    assert around.last is not None and "0" in around.last.activations
    around.findings()


def test_an_empty_batch_is_not_called_broken(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0):
        model(torch.zeros(0, 6)).sum().backward()
    assert around.findings() == []


def test_a_model_compiled_too_early_is_said_once(tmp_path: Path) -> None:
    model = small()
    compiled = torch.compile(model, backend="eager")
    backward(compiled)
    around = watch(compiled, tmp_path / "mine", when=every(1))
    with pytest.warns(UserWarning, match=r"torch\.compile"), around(0):
        train(compiled)
    with around(1):
        train(compiled)
    assert around.last is not None and around.last.gradient_norm and len(around.last.silent) >= 3


def test_calls_inside_vmap_are_left_out(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine")
    with around(0):
        torch.vmap(model)(digits()[0])
        backward(model)
    assert around.last is not None and list(around.last.activations) == ["0", "1", "2"]


def test_lazy_layers_may_be_watched_from_the_first_step(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls lazy modules experimental
        model = nn.Sequential(nn.LazyLinear(5), nn.ReLU(), nn.Linear(5, 3))
    around = watch(model, tmp_path / "mine", when=every(1))
    for step in range(2):
        with around(step):
            backward(model)
    assert around.last is not None and "0.weight" in around.last.parameters


def test_accumulated_batches_are_not_taken_for_depth(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layers = [layer for _ in range(20) for layer in (nn.Linear(10, 10), nn.Sigmoid())]
    model = nn.Sequential(*layers, nn.Linear(10, 3))
    around = watch(model, tmp_path / "mine", when=every(1), layers=nn.Linear)
    said = []
    for step, batches in enumerate((1, 4)):
        with around(step):
            for _ in range(batches):
                cross_entropy(model(torch.ones(4, 10)), torch.tensor([0, 1, 2, 0])).backward()
        said.append(around.findings()[0].message)
    assert said[0] == said[1]


def test_a_network_of_hundreds_of_layers_makes_a_picture_of_some(tmp_path: Path) -> None:
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(150)))
    around = watch(model, tmp_path / "mine", detail="pictures")
    with around(0):
        model(torch.randn(4, 2)).sum().backward()
    assert Log(tmp_path / "mine").image_height("4_pictures/neurons") < 3000


def test_when_must_be_a_function_of_the_step(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"when=10 .* say when=every\(10\)"):
        watch(small(), tmp_path / "mine", when=10)  # type: ignore[arg-type]
    assert not (tmp_path / "mine").exists()


def test_layers_may_be_any_iterable_of_names(tmp_path: Path) -> None:
    model = small()
    around = watch(model, tmp_path / "mine", when=every(1), layers=(name for name in ["2"]))
    for step in range(2):
        with around(step):
            backward(model)
    assert Log(tmp_path / "mine").steps("3_activation_std/00_2") == [0, 1]


def test_layers_that_give_nothing_are_named_once(tmp_path: Path) -> None:
    model, (x, _) = Skipping(), digits()
    around = watch(model, tmp_path / "mine", when=every(1))
    for step in range(2):
        with around(step):
            model(x, use_b=False).sum().backward()
    assert around.last is not None and around.last.silent == ["b"]
    assert Log(tmp_path / "mine").text("silent") == "Layers that gave no activation: b."
