"""Neurons and gradients of an exhibit, as the views of the page read them."""

from torchdemos.log import call_order, tags
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting import networks


def test_snapshots_come_in_base64_under_the_names_that_a_reader_knows() -> None:
    found, omissions = networks.neurons({".": LoggedRun(neurons={"neurons": [(3, [b"{}", b"\0"])]})}, 1000)
    assert found == [{"run": "this run", "tag": "neurons", "steps": [3], "blobs": [["e30=", "AA=="]]}]
    assert omissions == []


def test_a_measured_gradient_has_the_prediction_of_its_theory_run() -> None:
    tag = f"{tags.GRADIENT_NORM}/00_fc1"
    runs = {"0_he": LoggedRun(scalars={tag: [(0, -1.0)]}), "0.theory": LoggedRun(scalars={tag: [(0, -1.5)]})}
    (found,) = networks.gradients(runs)
    assert (found["run"], found["prefix"]) == ("0_he", "")
    assert (found["profile"]["log10"], found["profile"]["predicted"]) == ([[-1.0]], [[-1.5]])


def test_layers_are_in_call_order() -> None:
    scalars = {f"{tags.GRADIENT_NORM}/{layer}": [(0, -1.0)] for layer in ("00_b", "01_a")}
    texts = {call_order.TAG: call_order.text(["01_a", "00_b"])}
    (found,) = networks.gradients({".": LoggedRun(scalars=scalars, texts=texts)})
    assert found["profile"]["layers"] == ["a", "b"]
