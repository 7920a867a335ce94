"""What a page shows of a look: neurons bit by bit, and in words what there was no room for."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from small import backward, small
from torch import Tensor, nn

from torchdemos import every, watch
from torchdemos.steering.frames import MOST_NUMBERS, Frames, Row, left_out, rows
from torchdemos.watching.look import Look


def looked(model: nn.Module, inputs: Tensor | None = None) -> Look:
    around = watch(model, when=every(1))
    with around(0):
        if inputs is None:
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            backward(model)
            optimizer.step()
        else:
            model(inputs)
    assert around.last
    return around.last


def test_a_look_becomes_rows_of_neurons_and_a_flow() -> None:
    look, frames = looked(small()), Frames("Sequential")
    neurons = {"": torch.arange(6.0), "0": torch.randn(5), "1": torch.randn(5), "2": torch.randn(3)}
    assert frames.fit(neurons) and not frames.fit(neurons)
    scene, frame = frames.scene(look), frames.frame(look, neurons)
    assert scene["layers"][:2] == [
        {"name": "input", "kind": "", "shape": [6], "kept": 6},
        {"name": "0", "kind": "Linear", "shape": [5], "kept": 5},
    ]
    assert scene["left_out"] == "" and len(scene["layers"]) == 4
    assert frame["neurons"] == [values.numpy().astype("<f4").tobytes() for values in neurons.values()]
    assert [entry["layer"] for entry in frame["flow"]] == ["0", "1", "2"]
    assert [entry["gradient"] for entry in frame["flow"]] == [look.gradients[key]["norm"] for key in "012"]
    assert frame["flow"][2]["update"] > 0 and frame["flow"][1]["update"] is None


def test_an_update_is_that_of_all_parameters_of_a_layer_together() -> None:
    model = nn.Linear(6, 3)
    with torch.no_grad():
        model.bias.fill_(1e-6)  # a bias moves by much of its size, because it is small
    before = nn.utils.parameters_to_vector(model.parameters()).detach()
    (entry,) = Frames("Linear").frame(looked(model), {})["flow"]
    moved = nn.utils.parameters_to_vector(model.parameters()).detach() - before
    assert entry["update"] == pytest.approx(float(moved.norm() / before.norm()), rel=1e-5)


@pytest.mark.parametrize(("zeros", "update"), [("bias", 0.1), ("weight bias", None)])
def test_how_far_zeros_moved_is_unknown(zeros: str, update: float | None) -> None:
    look = looked(nn.Linear(6, 3))
    own = {name: {"norm": 2.0, "update_ratio": 0.1} for name in ("weight", "bias")}
    own |= {name: {"norm": 0.0, "update_ratio": math.nan} for name in zeros.split()}
    (entry,) = Frames("Linear").frame(replace(look, parameters=own), {})["flow"]
    assert entry["update"] == update


def test_a_ratio_that_this_look_lacks_stays_as_it_was_seen() -> None:
    look, frames = looked(small()), Frames("Sequential")
    before = frames.frame(look, {})["flow"]
    without = {name: {"norm": 1.0} for name in look.parameters}
    assert frames.frame(replace(look, parameters=without), {})["flow"] == before


def test_a_layer_that_was_not_called_has_no_neurons() -> None:
    frames = Frames("Sequential")
    frames.fit({"a": torch.zeros(2), "b": torch.zeros(2)})
    assert frames.frame(looked(small()), {"b": torch.ones(2)})["neurons"] == [None, np.ones(2, "<f4").tobytes()]


def test_a_model_that_is_a_layer_itself_has_its_own_parameters() -> None:
    model = nn.Linear(6, 3)
    (entry,) = Frames("Linear").frame(looked(model), {})["flow"]
    assert entry["layer"] == "Linear" and entry["update"] > 0


@pytest.mark.parametrize(
    "shapes",
    [
        {"": (3, 224, 224), **{f"conv{i}": (64 * 2**i, 112 >> i, 112 >> i) for i in range(4)}, "fc": (1000,)},
        {f"layer{i}": (512,) for i in range(300)},
        {"logits": (8, 50_000), "x": (8, 64)},
        {"empty": (0, 4), "one": (1,)},
        {},
    ],
    ids=["pictures", "many", "tokens", "empty", "nothing"],
)
def test_what_is_shown_fits_and_the_rest_is_named(shapes: dict[str, tuple[int, ...]]) -> None:
    shown = rows(shapes)
    numbers = [len(row.numbers(torch.zeros(shapes[row.key]))) // 4 for row in shown]
    assert sum(numbers) <= MOST_NUMBERS and len(shown) <= 40
    assert all(row.kept and row.kept <= row.shape[0] for row in shown)
    whole = len(shown) == len(shapes) and sum(numbers) == sum(map(math.prod, shapes.values()))
    assert (left_out(shown, len(shapes)) == "") == whole


def test_a_compiled_model_shows_the_gradients_of_its_parameters() -> None:
    look = looked(small())
    flow = Frames("Sequential").frame(replace(look, activations={}, gradients={}), {})["flow"]
    norms = [look.parameters[f"2.{name}"]["grad_norm"] for name in ("weight", "bias")]
    assert [entry["layer"] for entry in flow] == ["0", "2"] and flow[1]["gradient"] == math.hypot(*norms)


def test_what_is_left_out_is_a_sentence_with_the_names_as_they_are() -> None:
    words = left_out(rows({"": (3, 64, 64), **{f"Layer{i}": (4096,) for i in range(50)}}), 51)
    named = ", ".join(f"layer Layer{i} (2498 of 4096)" for i in (1, 3, 5))
    assert words.startswith(f"26 of 51 layers are shown. Only the first units are shown of {named} and 22 more layers.")
    assert words.endswith(" Of pictures wider or higher than 32 every second row and column is shown, or fewer.")


def test_layers_that_are_called_by_numbers_are_told_from_how_many_units_are_shown() -> None:
    shown = [Row("", (3, 64, 64), 2, 1), Row("0", (16, 4), 10, 1), Row("1", (16, 4), 16, 1)]
    assert left_out(shown, 3) == "Only the first units are shown of the input (2 of 3) and layer 0 (10 of 16)."


def test_a_large_picture_is_thinned_and_says_by_how_much() -> None:
    frames, picture = Frames(""), torch.arange(3 * 200 * 100.0).reshape(3, 200, 100)
    frames.fit({"": picture})
    (layer,) = frames.scene(looked(small()))["layers"]
    assert layer == {"name": "input", "kind": "", "shape": [3, 29, 15], "kept": 3, "every": 7}
    (shown,) = frames.frame(looked(small()), {"": picture})["neurons"]
    assert np.frombuffer(shown, "<f4").tolist() == picture[:, ::7, ::7].flatten().tolist()


def test_complex_neurons_are_shown_by_their_size() -> None:
    frames = Frames("")
    frames.fit({"a": torch.zeros(2)})
    (shown,) = frames.frame(looked(small()), {"a": torch.tensor([3 + 4j, 0j])})["neurons"]
    assert np.frombuffer(shown, "<f4").tolist() == [5, 0]
