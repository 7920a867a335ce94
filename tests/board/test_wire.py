"""Records and scalars in bytes are what protobuf and TensorBoard's own writer make of them."""

import io
import math

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.histogram_pb2 import HistogramProto
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from torchdemos.board import wire


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 3000])
def test_a_record_is_tensorboards_own(size: int) -> None:
    content = np.random.default_rng(size).bytes(size)
    file = io.BytesIO()
    RecordWriter(file).write(content)
    assert file.getvalue() == wire.record(content)


@pytest.mark.parametrize("step", [0, 1, 127, 128, 10**9, 2**62, -1])
def test_an_event_is_protobufs(step: int) -> None:
    summary = Summary(value=[Summary.Value(tag="a", simple_value=1.5)])
    written = Event.FromString(wire.event(12.25, step, summary.SerializeToString()))
    assert written == Event(wall_time=12.25, step=step, summary=summary)


def test_scalars_are_protobufs_byte_by_byte() -> None:
    numbers = {"loss": 0.1, "2_norm/ü" * 30: -1e-30, "inf": -math.inf, "zero": 0.0}
    content = wire.scalars([wire.head(tag) for tag in numbers], list(numbers.values()))
    values = [Summary.Value(tag=tag, simple_value=number) for tag, number in numbers.items()]
    assert content == Summary(value=values).SerializeToString()


@pytest.mark.parametrize("counts", [[0.0, 2.0, 0.0, 0.5, 0.0], [0.0] * 5])
def test_a_histogram_is_protobufs(counts: list[float]) -> None:
    written = Summary.Value.FromString(wire.histogram("h/ü", counts, [-3.0, -1.0, 0.0, 1.0, 5.0, 7.0]))
    low, high = (-1.0, 5.0) if any(counts) else (-3.0, 7.0)
    proto = HistogramProto(min=low, max=high, num=sum(counts), bucket_limit=[-1, 0, 1, 5, 7], bucket=counts)
    assert written == Summary.Value(tag="h/ü", histo=proto)


def test_a_number_beyond_float32_is_infinite() -> None:
    (value,) = Summary.FromString(wire.scalars([wire.head("a")], [1e300])).value
    assert value.simple_value == math.inf
