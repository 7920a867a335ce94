"""Of a padded batch only the tokens that count are measured."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from torchdemos import every, watch
from torchdemos.watching.look import Look
from torchdemos.watching.steps import Watch

MASK = torch.tensor([[True, True, True, False], [True, False, False, False], [True, True, False, False]])
SAMPLES, TOKENS = MASK.shape
GARBAGE = 1e6  # in the tokens that do not count


class Passes(nn.Module):
    """A layer of an unknown kind that gives what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


def batch(*features: int, tokens_first: bool = False) -> Tensor:
    """[samples, tokens, *features], garbage where the mask is False."""
    x = torch.randn(SAMPLES, TOKENS, *features, generator=torch.Generator().manual_seed(0))
    x[~MASK] = GARBAGE
    return x.transpose(0, 1) if tokens_first else x


def watched(model: nn.Module, folder: Path, **options: Any) -> Watch:
    return watch(model, folder / f"run of {type(model).__name__}", when=every(1), **options)


def look(model: nn.Module, x: Tensor, folder: Path, mask: Tensor = MASK, **options: Any) -> Look:
    around = watched(model, folder, **options)
    with around(0, mask=mask):
        output = model(x)
        if output.requires_grad:
            output.square().sum().backward()
    assert around.last
    return around.last


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("tokens_first", [False, True])
def test_an_output_is_reduced_to_the_tokens_that_count(tokens_first: bool, kind: torch.dtype, tmp_path: Path) -> None:
    x = batch(6, tokens_first=tokens_first).to(kind)
    x[..., 3] = torch.where((MASK.T if tokens_first else MASK), 0.0, 1.0).to(kind)  # silent in tokens that count
    seen = look(Passes(), x, tmp_path).activations["Passes"]
    rows = (x.transpose(0, 1) if tokens_first else x)[MASK].double()
    assert seen["mean"] == pytest.approx(float(rows.mean()))
    assert seen["std"] == pytest.approx(float(rows.std(correction=0)))
    assert seen["abs_max"] == pytest.approx(float(rows.abs().max()))
    assert seen["zero_fraction"] == pytest.approx(1 / 6)


def test_units_are_dead_that_are_silent_in_the_tokens_that_count(tmp_path: Path) -> None:
    x = batch(6).abs()
    x[..., 3] = torch.where(MASK, -1.0, 1.0)
    model = nn.Sequential(nn.Linear(6, 6, bias=False), nn.ReLU())
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(6))
    assert look(model, x, tmp_path).activations["1"]["dead_units"] == pytest.approx(1 / 6)


def test_channels_are_reduced_along_their_tokens(tmp_path: Path) -> None:
    x = batch(6).transpose(1, 2)  # [samples, channels, tokens]
    model = nn.Conv1d(6, 5, 1)
    expected = model(x).detach().transpose(1, 2)[MASK].double()
    seen = look(model, x, tmp_path).activations["Conv1d"]
    assert seen["mean"] == pytest.approx(float(expected.mean()), rel=1e-6)
    assert seen["dead_units"] == 0


def test_scores_of_tokens_are_reduced_and_pooled_outputs_count_whole(tmp_path: Path) -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.score, self.softmax = nn.Linear(6, 1), nn.Sigmoid()
            self.head = nn.Linear(6, TOKENS)  # as many classes as tokens

        def forward(self, x: Tensor) -> Tensor:
            return self.head(x.mean(1) * self.softmax(self.score(x).squeeze(-1)).mean(1, keepdim=True))

    model, x = Pooled(), batch(6)
    found = look(model, x, tmp_path).activations
    scores = torch.sigmoid(model.score(x)).squeeze(-1).detach()
    assert found["softmax"]["mean"] == pytest.approx(float(scores[MASK].double().mean()), rel=1e-6)
    assert found["head"]["mean"] == pytest.approx(float(model(x).detach().double().mean()), rel=1e-6)


def test_gradients_are_those_of_the_tokens_that_count(tmp_path: Path) -> None:
    x = batch(6)
    model = nn.Linear(6, 5)
    output = model(x)
    (gradient,) = torch.autograd.grad(output.square().sum(), output)
    found = look(model, x, tmp_path).gradients["Linear"]
    assert found["norm"] == pytest.approx(float(gradient[MASK].double().norm()), rel=1e-6)
    assert found["abs_max"] == pytest.approx(float(gradient[MASK].abs().max()), rel=1e-6)


def test_histograms_and_pooled_batches_count_tokens(tmp_path: Path) -> None:
    model, x = Passes(), batch(6)
    around = watched(model, tmp_path, detail="histograms")
    with around(0, mask=MASK):
        model(x)
        model(x + 1)
    assert around.last
    assert around.last.activations["Passes"]["mean"] == pytest.approx(float(x[MASK].double().mean()) + 0.5)
    counts, edges = around.last.histograms["Passes"]
    assert sum(counts) == 6 * 6 and max(edges) < 10


def test_a_mask_of_samples_and_one_of_pixels_work_too(tmp_path: Path) -> None:
    x = batch(6)
    samples = torch.tensor([True, False, True])
    found = look(Passes(), x, tmp_path, samples).activations["Passes"]
    assert found["abs_max"] == pytest.approx(float(x[samples].abs().max()))
    pixels = torch.rand(SAMPLES, 4, 5, generator=torch.Generator().manual_seed(1)) > 0.5
    model, pictures = nn.Conv2d(2, 3, 1), torch.randn(SAMPLES, 2, 4, 5)
    expected = model(pictures).detach().movedim(1, -1)[pixels].double()
    found = look(model, pictures, tmp_path, pixels).activations["Conv2d"]
    assert found["std"] == pytest.approx(float(expected.std(correction=0)), rel=1e-6)


WRONG = {
    "numbers": ([[1, 0]], TypeError, "mask is a list, and must be a bool tensor that is True where a token counts"),
    "integers": (MASK.long(), TypeError, r"mask is of torch.int64, .*: mask.bool\(\)"),
    "a value": (torch.tensor(True), ValueError, "mask is a single value"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("step", [0, 1])
def test_a_wrong_mask_is_an_error_at_every_step(name: str, step: int, tmp_path: Path) -> None:
    mask, error, message = WRONG[name]
    around = watch(Passes(), tmp_path / "run", when=every(10))
    with pytest.raises(error, match=message):
        around(step, mask=mask)


def test_a_mask_that_fits_nothing_is_named_once_and_all_counts(tmp_path: Path) -> None:
    model, x = Passes(), batch(6)
    around = watched(model, tmp_path)
    mask, words = torch.ones(2, 9, dtype=torch.bool), r"no output of this step has the shape \[2, 9\] of the mask"
    with pytest.warns(UserWarning, match=words), around(0, mask=mask):
        model(x)
    with around(1, mask=mask):  # a second warning would be an error
        model(x)
    assert around.last and around.last.activations["Passes"]["abs_max"] == GARBAGE


def test_a_mask_without_a_token_is_named(tmp_path: Path) -> None:
    model = Passes()
    around = watched(model, tmp_path)
    with pytest.warns(UserWarning, match="the mask is False everywhere"), around(0, mask=torch.zeros_like(MASK)):
        model(batch(6))
    assert around.last and not around.last.activations


def test_a_step_that_is_begun_takes_a_mask(tmp_path: Path) -> None:
    model, x = Passes(), batch(6)
    around = watched(model, tmp_path)
    around.begin(0, mask=MASK)
    model(x)
    around.end()
    assert around.last and around.last.activations["Passes"]["abs_max"] < 10


def test_training_is_the_same_with_a_mask(tmp_path: Path) -> None:
    ends = []
    for is_watched in (False, True):
        place = tmp_path / str(is_watched)
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 5), nn.Dropout(), nn.Linear(5, 2))
        optimizer, around = torch.optim.SGD(model.parameters(), lr=1e-9), watched(model, place)
        for step in range(3):
            if is_watched:
                around.begin(step, mask=MASK)
            optimizer.zero_grad()
            model(batch(6)).sum().backward()
            optimizer.step()
            around.end()
        ends.append([p.detach().clone() for p in model.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*ends, strict=True))
