"""The table of predictions and measurements."""

import pytest

from torchdemos.cli import table, terminal
from torchdemos.diagnosis import Finding
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.answer import Answer

FINDING = Finding("dead units", "warning", "fc1", 0, "All are 0.", "Start smaller.", "a paper")
RESULT = Answer(
    [
        Claim("gradient at layer 1: product of 21 factors by hand = autograd", "the chain rule", 400.58, 400.58, 1e-6),
        Claim("lr from which training diverges, standardised pixels", "2/λ, a paper", 0.051072, 0.06, 5e-3),
        Bound("constant: loss on all training digits", "H(y), Gibbs", 2.3026, 2.3026, 2.3256),
    ],
    "It holds.",
    {"0_one, at the end": FINDING},
)


@pytest.fixture(params=[80, 120])
def shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(terminal.console, "_width", request.param)
    table.show({"demo": RESULT})
    table.explain({"demo": RESULT})
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= request.param
    return said


def test_no_word_is_broken_and_nothing_is_left_out(shown: str) -> None:
    words = [word for claim in RESULT.claims for word in f"{claim.name} {claim.source}".split()]
    assert [word for word in words if word not in shown.split()] == [] and "…" not in shown
    assert "2.3026 to 2.3256" in shown and "allowed 0.0001%" in shown and "off 17%" in shown


def test_a_claim_that_fails_is_marked(shown: str) -> None:
    assert (shown.count("NO"), shown.count("yes")) == (1, 2)


def test_findings_and_the_verdict_of_one_demo_follow(shown: str) -> None:
    assert "0_one, at the end: dead units. All are 0. Start smaller." in shown and shown.rstrip().endswith("It holds.")


def test_many_demos_have_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    table.show({"one": RESULT, "two": RESULT})
    table.explain({"one": RESULT, "two": RESULT})
    said = capsys.readouterr().out
    assert said.count("Measured against predicted") == 1 and said.count("H(y), Gibbs") == 2 and "holds" not in said


def test_a_failing_claim_is_a_sentence() -> None:
    said = table.failing(RESULT.claims[1])
    assert said.startswith("NO: lr from which training diverges") and "predicted 0.051072, measured 0.06, 17% (" in said
