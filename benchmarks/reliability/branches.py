"""Runs that begin again at earlier steps, announced or not: is anything but TensorBoard's own branch read?"""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.context import RequestContext
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util

from benchmarks.reliability.row import Row
from torchdemos.board import wire
from torchdemos.view import events

RUNS = 500
Scalars = dict[str, list[tuple[int, float]]]


def trial() -> list[Row]:
    with TemporaryDirectory() as name:
        announced, silent = Path(name) / "announced", Path(name) / "silent"
        for number in range(RUNS):
            _write(announced / f"{number}", random.Random(number), is_announced=True)
            _write(silent / f"{number}", random.Random(number), is_announced=False)
        accumulated = sum(events.read(run).scalars != _accumulated(run) for run in announced.iterdir())
        served = _served(silent)
        differ = sum(run.scalars != served[name] for name, run in events.runs(silent).items())
    return [
        Row(
            "announced restarts (`purge_step`) that are not read as TensorBoard's EventAccumulator reads them",
            RUNS,
            accumulated,
        ),
        Row("runs whose steps go back, not read as TensorBoard's default loader reads them", RUNS, differ),
    ]


def _write(folder: Path, chance: random.Random, is_announced: bool) -> None:
    folder.mkdir(parents=True)
    made = [Event(wall_time=1.0, file_version="brain.Event:2")]
    for branch in range(chance.randint(1, 5)):
        first, tags = chance.randint(0, 9), chance.sample("abc", chance.randint(1, 3))
        if is_announced:
            made.append(Event(wall_time=1.0, step=first, session_log=SessionLog(status=SessionLog.START)))
        made += [_scalars(step, tags, float(branch)) for step in range(first, first + chance.randint(1, 6))]
    records = (wire.record(event.SerializeToString()) for event in made)
    (folder / "events.out.tfevents.0").write_bytes(b"".join(records))


def _scalars(step: int, tags: Sequence[str], value: float) -> Event:
    return Event(
        wall_time=1.0, step=step, summary=Summary(value=[Summary.Value(tag=t, simple_value=value) for t in tags])
    )


def _accumulated(run: Path) -> Scalars:
    log = EventAccumulator(str(run), size_guidance={"scalars": 0})
    log.Reload()
    found = {tag: [(point.step, point.value) for point in log.Scalars(tag)] for tag in log.Tags()["scalars"]}
    return {tag: points for tag, points in found.items() if points}


def _served(folder: Path) -> dict[str, Scalars]:
    server = server_ingester.SubprocessServerDataIngester(
        server_ingester.get_server_binary(), str(folder), reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL, samples_per_plugin={"scalars": 1000},
    )  # fmt: skip
    server.start()
    asked: dict[str, Any] = {"experiment_id": "", "plugin_name": "scalars", "downsample": 1000}
    found: dict[str, Scalars] = {}
    while len(found) < RUNS:
        time.sleep(0.1)
        read = server.data_provider.read_scalars(RequestContext(), **asked)
        found = {
            run: {tag: [(one.step, one.value) for one in data] for tag, data in tags.items()}
            for run, tags in read.items()
        }
    return found
