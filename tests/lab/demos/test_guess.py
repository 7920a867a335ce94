"""A guess is right or wrong, and a typical wrong one is told what it overlooks."""

import math
from importlib import import_module

import pytest

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos import guess
from torchdemos.lab.demos.common_flags import Config
from torchdemos.lab.demos.configs import DEMOS
from torchdemos.lab.demos.guess import Mistake, Outcome, Question, judge, less, more, near, times, within, within_factor

NAMES = ("neurons", "learning_rate", "initialization", "loss", "gradient_flow")
DEMO_QUESTIONS = [
    question
    for name, config in zip(NAMES, DEMOS, strict=True)
    for question in import_module(f"torchdemos.lab.demos.{name}").questions(config())
]
TRUTHS = {  # as a default run measures them
    **{"template": 3.4, "capacity": 57.0, "dead_pixels": 129.0},
    **{"edge": 0.0511, "centring": 7.55, "sharpness": 42.8, "catapult": 4.0},
    **{"equal_neurons": 1.0, "zero_loss": 2.303, "xavier_factor": 0.49, "thirty_layers": 10.0},
    **{"guessing": 2.303, "slowdown": 232.0, "softmax_twice": 1.464, "log_forgotten": -0.997},
    **{"sigmoid_factor": 0.2046, "sigmoid_depth": -13.8, "tanh_factor": 1.54, "vanish_accuracy": 10.0},
}
TYPICAL = [
    ("sigmoid_factor", 0.25, "the weights' own factor belongs to it too"),
    ("sigmoid_factor", 0.5, "its slope, at most 1/4"),
    ("sigmoid_depth", -12, "1/4 for each layer"),
    ("sigmoid_depth", 14, "negative power"),
    ("sigmoid_depth", 1e-14, "Asked is the power alone"),
    ("tanh_factor", 3, "saturate tanh"),
    ("vanish_accuracy", 90, "one answer for all"),
    ("edge", 0.0255, "1/lambda is the best step"),
    ("edge", 0.1, "a habit"),
    ("edge", 0.001, "a habit"),
    ("centring", 1, "the steepest by far"),
    ("sharpness", 20, "At 1/lr a step ends at the bottom"),
    ("catapult", 2, "a bowl, whose curvature never changes"),
    ("equal_neurons", 128, "they stay one neuron"),
    ("zero_loss", 0, "No weight gets a gradient"),
    ("xavier_factor", 1, "a layer without ReLU"),
    ("xavier_factor", 0.7, "standard deviation"),
    ("guessing", 1, "base 10"),
    ("guessing", 3.32, "bits"),
    ("slowdown", 17, "the slope of the sigmoid"),
    ("softmax_twice", 0, "numbers between 0 and 1"),
    ("log_forgotten", 0, "the loss is -p"),
    ("template", 1, "much of its picture"),
    ("capacity", 0, "20 weights are not the limit"),
    ("dead_pixels", 0, "near the rim"),
]
QUESTION = Question("x", "How many?", "a number", within(1), (Mistake(near(7), "Seven."), Mistake(less, "Too few.")))


def test_every_demo_asks_three_to_five_questions_with_keys_of_their_own() -> None:
    for name, config in zip(NAMES, DEMOS, strict=True):
        assert 3 <= len(import_module(f"torchdemos.lab.demos.{name}").questions(config())) <= 5
    keys = [question.key for question in DEMO_QUESTIONS]
    assert len(set(keys)) == len(keys) and set(keys) == set(TRUTHS)
    assert all(len(question.about) <= 48 and question.text.endswith((".", "?", ")")) for question in DEMO_QUESTIONS)


@pytest.mark.parametrize("question", DEMO_QUESTIONS, ids=lambda question: question.key)
def test_the_truth_is_right_and_whatever_is_wrong_gets_a_sentence(question: Question) -> None:
    truth = TRUTHS[question.key]
    own = Outcome(truth, truth)
    for guessed in (truth, -1e9, -truth, 0.0, truth / 10, truth * 10, 1e9):
        (verdict,) = judge([question], {question.key: guessed}, {question.key: own})
        assert bool(verdict.right) != bool(verdict.mistake), guessed
        assert verdict.right or guessed != truth


@pytest.mark.parametrize(("key", "guessed", "sentence"), TYPICAL)
def test_a_typical_mistake_is_told_what_it_overlooks(key: str, guessed: float, sentence: str) -> None:
    question = next(question for question in DEMO_QUESTIONS if question.key == key)
    (verdict,) = judge([question], {key: guessed}, {key: Outcome(TRUTHS[key], TRUTHS[key])})
    assert verdict.right is False and sentence in (verdict.mistake or "")


def test_the_first_mistake_that_was_made_is_told_and_one_that_nobody_foresaw_is_not() -> None:
    outcomes = {"x": Outcome(10.0, 10.0)}
    told = [judge([QUESTION], {"x": guessed}, outcomes)[0].mistake for guessed in (7, 6, 10.5, 12)]
    assert told == ["Seven.", "Too few.", None, None]


@pytest.mark.parametrize(
    ("guesses", "outcomes"),
    [({}, {"x": Outcome(1, 1)}), ({"x": 1.0}, {}), ({"x": 1.0}, {"x": Outcome(1, math.nan)})],
    ids=["no guess", "no outcome", "nothing measured"],
)
def test_without_a_guess_or_a_number_nothing_is_judged(guesses, outcomes) -> None:
    (verdict,) = judge([QUESTION], guesses, outcomes)
    assert verdict.right is None and verdict.mistake is None


def test_kinds_of_guesses() -> None:
    assert within_factor(2)(1.0, 2.0) and within_factor(2)(-4.0, -2.0)
    assert not within_factor(2)(0.9, 2.0) and not within_factor(2)(-2.0, 2.0) and not within_factor(2)(0.0, 0.0)
    assert times(0.5)(1.05, 2.0) and not times(0.5)(1.3, 2.0)
    assert near(0.25)(0.24, 9) and not near(0.25)(0.2, 9) and near(0)(0.04, 9) and not near(0)(0.06, 9)
    assert less(1, 2) and not less(2, 1) and more(2, 1) and not more(1, 2)


def test_an_outcome_is_read_off_the_claim_whose_name_begins_so() -> None:
    claims = [Bound("rank", "s", 1.0, high=1), Claim("rate, raw pixels", "s", 2.0, 3.0, 0.1)]
    assert guess.outcome(claims, "rate, raw") == (2.0, 3.0) and guess.outcome(claims, "rank", theory=1) == (1, 1.0)
    assert guess.outcome(claims, "raw") is None and guess.known({"a": None}) == {}


@pytest.mark.parametrize("config", [kind() for kind in DEMOS], ids=lambda config: type(config).__name__)
def test_questions_are_asked_in_plain_characters(config: Config) -> None:
    name = NAMES[DEMOS.index(type(config))]
    for question in import_module(f"torchdemos.lab.demos.{name}").questions(config):
        "".join([question.text, question.about, *(own.sentence for own in question.mistakes)]).encode("ascii")
