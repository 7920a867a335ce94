"""Depth is a path from the input to the loss."""

from histories import gradients, run

from torchdemos.diagnosis.paths import activation_after, paths


def test_two_towers_are_two_ways() -> None:
    fed_by = {"fc0": [], "fc1": ["fc0"], "fc2": [], "fc3": ["fc2"]}
    assert paths(run(gradients=gradients(1, 1, 1, 1), fed_by=fed_by)) == [["fc0", "fc1"], ["fc2", "fc3"]]


def test_of_several_ways_to_a_layer_the_longest_counts() -> None:
    fed_by = {"fc0": [], "fc1": ["fc0"], "fc2": ["fc1", "fc0"]}
    assert paths(run(gradients=gradients(1, 1, 1), fed_by=fed_by)) == [["fc0", "fc1", "fc2"]]


def test_layers_without_parameters_lie_on_no_way() -> None:
    known = gradients(1, 1) | {"act": {"norm": [1.0] * 40}}
    assert paths(run(gradients=known, fed_by={"fc0": [], "fc1": ["fc0"]})) == [["fc0", "fc1"]]


def test_a_loop_of_two_layers_ends() -> None:
    assert paths(run(gradients=gradients(1, 1), fed_by={"fc0": ["fc1"], "fc1": ["fc0"]})) == []


def test_without_any_knowledge_call_order_is_the_way() -> None:
    known = gradients(1, 1) | {"fc0#2": {"norm": [1.0] * 40}}
    assert paths(run(gradients=known)) == [["fc0", "fc1"]]


def test_the_activation_behind_a_layer_is_the_next_that_is_called() -> None:
    kinds = {"fc": "Linear 2 → 2", "drop": "Dropout 0.5", "act": "Tanh", "out": "Linear 2 → 2"}
    assert activation_after("fc", kinds) == "Tanh" and activation_after("out", kinds) == ""
