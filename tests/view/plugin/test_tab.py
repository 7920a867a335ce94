"""The Neurons tab's addresses, asked without a browser, through both of TensorBoard's data loaders."""

import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import neuron_logs
import numpy as np
import pytest
from torch import nn
from werkzeug.test import Client

from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.log import call_order, tags
from torchdemos.view import cards, web

HOSTILE = "<img src=x onerror=alert(1)>/'ü&?#%20"  # the fast loader itself cannot read the blobs of a tag with quotes


@pytest.fixture(scope="module")
def model() -> nn.Sequential:
    return neuron_logs.cnn(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, digits: Digits, model: nn.Sequential) -> Path:
    folder = tmp_path_factory.mktemp("plugin") / "run"
    with Board(folder) as board:
        neuron_logs.train(board.variant("0_cnn"), model, digits)
        neuron_logs.gradients(board.variant("1_vanish"), -0.5)
        neuron_logs.gradients(board.variant("1.theory"), -0.5, steps=[0])
        gan = board.variant("2_gan")
        gan.log(0, texts={call_order.TAG: call_order.text(["01_fc2", "00_fc1"])}, prefix="generator")
        neuron_logs.gradients(gan, 0.5, prefix="generator")
        board.variant("3_bytes").log(0, blobs={HOSTILE: [b"no JSON", b"", b"\xff" * 9]})
    return folder


@pytest.fixture(scope="module", params=[True, False], ids=["fast loader", "slow loader"])
def client(request: pytest.FixtureRequest, folder: Path) -> Client:
    return neuron_logs.application(str(folder), fast=request.param)


def get(client: Client, path: str, **question: object) -> Any:
    return client.get(f"/data/plugin/torchdemos/{path}", query_string={k: str(v) for k, v in question.items()})


def ask(client: Client, path: str, **question: object) -> Any:
    answer = get(client, path, **question)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def test_the_index_lists_snapshots_and_gradients_but_no_theory(client: Client) -> None:
    found = ask(client, "index")
    assert found["neurons"] == [
        {"run": "0_cnn", "tag": tags.NEURONS, "steps": list(neuron_logs.STEPS)},
        {"run": "3_bytes", "tag": HOSTILE, "steps": [0]},
    ]
    assert found["gradients"] == [
        {"run": "1_vanish", "prefix": "", "colour": "var(--blue)"},
        {"run": "2_gan", "prefix": "generator", "colour": "var(--green)"},
    ]


def test_the_last_snapshot_holds_the_models_weights(client: Client, model: nn.Sequential) -> None:
    steps = ask(client, "index")["neurons"][0]["steps"]
    first, last = (ask(client, "blobs", run="0_cnn", tag=tags.NEURONS, step=step) for step in (steps[0], steps[-1]))
    assert first != last
    manifest = json.loads(get(client, "blob", key=last[0]).data)
    assert [layer["name"] for layer in manifest["layers"]][:2] == ["input", "conv1"]
    place = manifest["layers"][1]["sum"]["bias"]
    biases = np.frombuffer(zlib.decompress(get(client, "blob", key=last[place]).data), "<f4")
    assert biases.tolist() == model.conv1.bias.tolist()


def test_bytes_come_back_as_they_are_whatever_their_tag(client: Client) -> None:
    keys = ask(client, "blobs", run="3_bytes", tag=HOSTILE, step=0)
    assert [get(client, "blob", key=key).data for key in keys] == [b"no JSON", b"", b"\xff" * 9]


def test_gradients_come_with_their_prediction(client: Client) -> None:
    found = ask(client, "gradients", run="1_vanish", prefix="")
    assert found["layers"] == [f"fc{i}" for i in range(1, 9)]
    assert found["log10"][0][0] == found["predicted"][0][0] == -4.0
    assert found["predicted"][0][1] is None
    assert ask(client, "gradients", run="2_gan", prefix="generator")["predicted"] is None


def test_gradients_come_in_call_order(client: Client) -> None:
    layers = ask(client, "gradients", run="2_gan", prefix="generator")["layers"]
    assert layers == ["fc2", "fc1", *(f"fc{i}" for i in range(3, 9))]


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("blobs", {"run": "0_cnn", "tag": tags.NEURONS, "step": 3}),
        ("blobs", {"run": "<b>", "tag": tags.NEURONS, "step": 0}),
        ("gradients", {"run": "0_cnn", "prefix": ""}),
        ("answer", {"run": "gone"}),
        ("gradients", {"run": "1_vanish", "prefix": "'"}),
        ("static/nothing.js", {}),
        ("static/__init__.py", {}),
        ("static/..%2f__init__.py", {}),
    ],
)
def test_what_is_not_there_is_not_found(client: Client, path: str, question: dict[str, object]) -> None:
    answer = get(client, path, **question)
    assert answer.status_code == 404
    assert "html" not in answer.content_type


@pytest.mark.parametrize("key", ["x", "ü<script>", "WzEsMl0"])
def test_a_key_that_was_not_given_out_is_refused(client: Client, key: str) -> None:
    answer = get(client, "blob", key=key)
    assert answer.status_code in (400, 404) and answer.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("path", "question"), [("blobs", {"run": "0_cnn"}), ("blob", {}), ("gradients", {}), ("answer", {})]
)
def test_an_unfinished_question_is_the_askers_mistake(client: Client, path: str, question: dict[str, object]) -> None:
    assert get(client, path, **question).status_code == 400


def test_a_step_that_is_no_number_is_the_askers_mistake(client: Client) -> None:
    assert get(client, "blobs", run="0_cnn", tag=tags.NEURONS, step="first").status_code == 400


def test_every_file_of_the_page_is_served(client: Client) -> None:
    for path in (path for path in web.FOLDER.iterdir() if path.suffix in (".js", ".css")):
        answer = get(client, f"static/{path.name}")
        assert answer.status_code == 200 and answer.data == path.read_bytes()
        assert answer.content_type.split(";")[0] == {".js": "text/javascript", ".css": "text/css"}[path.suffix]


def test_the_tab_is_active_where_there_is_something_to_see(client: Client) -> None:
    listed = json.loads(client.get("/data/plugins_listing").data)["torchdemos"]
    assert listed["enabled"] and listed["tab_name"] == "Answer"


def test_the_answers_are_those_of_the_watched_models(client: Client) -> None:
    found = ask(client, "answers")
    assert {(entry["run"], entry["prefix"]) for entry in found} >= {("1_vanish", ""), ("2_gan", "generator")}
    page = ask(client, "answer", run="1_vanish", prefix="")
    (entry,) = (entry for entry in found if entry["run"] == "1_vanish")
    assert page["question"] == entry["question"] == "Is 1_vanish healthy?" and page["answer"] == entry["answer"]


def test_a_log_that_does_not_grow_keeps_its_stamp(client: Client) -> None:
    first, second = (get(client, "changes") for _ in range(2))
    assert first.status_code == 200 and first.data == second.data != b""


@pytest.mark.parametrize("asked", [{}, {"run": "1_vanish"}])
def test_the_way_to_tensorboards_own_cards_pins_those_of_a_watched_model(
    client: Client, folder: Path, asked: dict[str, str]
) -> None:
    answer = get(client, "cards", **asked)
    assert answer.status_code == 302 and answer.location == f"../../../{cards.address(folder, asked.get('run'))}"


@pytest.mark.parametrize("run", ["gone", "../..", "a\r\nX-Evil: 1", "\0", ""])
def test_without_cards_the_way_leads_to_time_series(client: Client, run: str) -> None:
    answer = get(client, "cards", run=run)
    assert answer.status_code == 302 and answer.location == "../../../#timeseries"
    assert "X-Evil" not in answer.headers


def test_a_log_of_someone_else_leaves_the_tab_inactive(tmp_path: Path) -> None:
    with Board(tmp_path / "other") as board:
        board.log(0, scalars={"loss": 1.0})
    client = neuron_logs.application(str(tmp_path / "other"), fast=False)
    assert not json.loads(client.get("/data/plugins_listing").data)["torchdemos"]["enabled"]


def test_the_tab_brings_no_pytorch() -> None:
    code = "import sys, torchdemos.view.plugin.tab; print({'torch', 'torchvision', 'PIL'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


QUESTIONS = [
    ("index", {}, 200),
    ("blob", {"key": "x"}, 404),
    ("answer", {"run": "gone"}, 404),
    ("answer", {}, 400),
    ("blobs", {"run": "0_cnn", "tag": tags.NEURONS, "step": "first"}, 400),
    ("static/gone.js", {}, 404),
    ("static/index.js", {}, 200),
    ("cards", {}, 302),
    ("remarks", {}, 200),
]


@pytest.mark.parametrize(("path", "question", "code"), QUESTIONS)
def test_every_answer_has_the_same_safe_headers(client: Client, path: str, question: dict[str, str], code: int) -> None:
    answer = get(client, path, **question)
    good = get(client, "index").headers
    assert answer.status_code in (code, 400)  # each loader refuses a foreign key in its own way
    for name in ("X-Content-Type-Options", "Cache-Control", "Expires"):
        assert answer.headers[name] == good[name]
    assert "html" not in answer.content_type
    head = client.head(f"/data/plugin/torchdemos/{path}", query_string=question)
    assert (head.status_code, head.data) == (answer.status_code, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["index", "cards", "static/index.js", "remarks"])
def test_the_tab_can_only_be_read(client: Client, method: str, path: str) -> None:
    answer = client.open(f"/data/plugin/torchdemos/{path}", method=method)
    assert answer.status_code == 405 and answer.headers["Allow"] == "GET, HEAD"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
