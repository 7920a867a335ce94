"""Findings are printed as sentences."""

import copy
import pickle

from torchdemos import History, diagnose
from torchdemos.diagnosis.finding import Finding, Findings

ONE = Finding("dead units", "warning", "fc1", 0, "All are 0.", "Start smaller.", "He et al. 2015")
OTHER = Finding("not finite", "error", None, None, "NaN it is.", "Look there.", "IEEE 754")


def test_findings_are_printed_as_paragraphs_without_their_sources() -> None:
    said = str(Findings([ONE, OTHER]))
    assert said == (
        "warning: dead units in 'fc1', since step 0\n  All are 0.\n  Start smaller.\n\n"
        "error: not finite\n  NaN it is.\n  Look there."
    )
    assert repr(Findings([ONE, OTHER])) == said and ONE.source == "He et al. 2015"


def test_no_findings_are_said_as_well() -> None:
    assert str(diagnose(History())) == "Nothing is known to be wrong."


def test_findings_are_a_list() -> None:
    found = Findings([ONE, OTHER])
    assert found == [ONE, OTHER] and found[0] is ONE and Findings() == [] and not Findings()
    assert copy.deepcopy(found) == found == pickle.loads(pickle.dumps(found))
