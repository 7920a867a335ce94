"""An event read by hand is what the library of protocol buffers reads."""

import contextlib
import math
import random
from typing import Any

from event_files import VERSION, blobs, doubles, scalars, start, text
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.proto.summary_pb2 import Summary

from torchdemos.board import wire
from torchdemos.view import plain_scalars, values
from torchdemos.view.event import Event, event

STEPS = st.integers(-(2**63), 2**63 - 1)
SINGLE = st.floats(width=32)


@st.composite
def summary_values(draw: st.DrawFn) -> Summary.Value:
    value = Summary.Value(tag=draw(st.text(max_size=200)))
    kind = draw(st.sampled_from(["number", "number", "number", "image", "strings", "double", "long", "histo", "none"]))
    if kind == "number":
        value.simple_value = draw(SINGLE)
    elif kind == "image":
        value.image.encoded_image_string = draw(st.binary(max_size=20))
        value.image.height = draw(st.integers(0, 300))
    elif kind == "histo":
        value.histo.bucket.extend(draw(st.lists(SINGLE, max_size=3)))
    elif kind == "strings":
        value.tensor.dtype = 7
        value.tensor.string_val.extend(draw(st.lists(st.binary(max_size=9), max_size=4)))
    elif kind == "double":
        value.tensor.dtype = 2
        value.tensor.double_val.extend(draw(st.lists(st.floats(), max_size=2)))
    elif kind == "long":
        value.tensor.dtype = 9
        value.tensor.int64_val.extend(draw(st.lists(STEPS, max_size=2)))
    if draw(st.booleans()):
        value.metadata.plugin_data.plugin_name = draw(st.sampled_from(["", "text", "images", "torchdemos"]))
        value.metadata.summary_description = draw(st.text(max_size=5))
    return value


def expected(value: Summary.Value) -> tuple[Any, ...] | None:
    """Kind, tag, content and description, by the library."""
    kind, of = value.WhichOneof("value"), value.tensor
    strings, plugin, tag = list(of.string_val), value.metadata.plugin_data.plugin_name, value.tag
    found: tuple[Any, ...] | None = None
    if kind == "simple_value":
        found = values.SCALARS, tag, value.simple_value
    elif kind == "image":
        found = values.PICTURES, tag, value.image.encoded_image_string
    elif kind == "tensor" and plugin == "torchdemos" and strings:
        found = None if tag == "answer" else (values.NEURONS, tag, strings)
    elif kind == "tensor" and plugin == "images" and len(strings) > 2:
        found = values.PICTURES, tag, strings[2]
    elif kind == "tensor" and plugin == "text" and strings:
        found = values.TEXTS, tag, strings[0].decode(errors="replace")
    elif kind == "tensor" and len([*of.double_val, *of.int64_val]) == 1:
        found = values.SCALARS, tag, float([*of.double_val, *of.int64_val][0])
    return found and (*found, value.metadata.summary_description)


def in_words(found: Event) -> list[str]:
    """All values, as words, so that NaN is NaN."""
    return sorted([repr((values.SCALARS, *pair, "")) for pair in found.scalars] + [repr((*it,)) for it in found.others])


@given(st.lists(summary_values(), max_size=4), STEPS, st.floats())
@settings(max_examples=100, derandomize=True, deadline=None)
def test_every_value_is_what_the_library_reads(written: list[Summary.Value], step: int, time: float) -> None:
    record = event_pb2.Event(wall_time=time, step=step, summary=Summary(value=written)).SerializeToString()
    found = event(record)
    assert (repr(found.time), found.step) == (repr(time), step) and found.holds_values
    assert in_words(found) == sorted(repr(it) for it in map(expected, written) if it)


SAMPLES = [
    VERSION,
    start(5),
    scalars(3, a=0.5),
    scalars(-7, a=math.nan, b=-math.inf, c=1.0),
    doubles(3, {"a": 0.1}),
    text(1, "words"),
    blobs(1, "neurons", [b"{}", b"\0\1"]),
]


def test_bytes_changed_by_chance_are_read_as_the_library_reads_them_or_refused() -> None:
    """The library refuses more: it looks into what the view does not read."""
    chance, same = random.Random(0), 0
    for _ in range(3000):
        changed = bytearray(chance.choice(SAMPLES).SerializeToString())
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.choice([0, 1, 4, 8, 9, 10, 0x15, 0x2A, 127, 128, 255])
        try:
            theirs = event_pb2.Event.FromString(bytes(changed))
            ours = event(bytes(changed))
        except (DecodeError, ValueError):
            continue
        if len(theirs.summary.value) == 1 and theirs.summary.value[0].WhichOneof("value") == "simple_value":
            value = theirs.summary.value[0]
            assert in_words(ours) == [repr((values.SCALARS, value.tag, value.simple_value, ""))]
            same += 1
        assert repr(ours.time) == repr(theirs.wall_time) and ours.step == theirs.step
    assert same > 100


def test_versions_and_starts_are_told_apart() -> None:
    told = [event(it.SerializeToString()) for it in (VERSION, start(5), scalars(1, a=1.0), event_pb2.Event(step=2))]
    assert [it.holds_values for it in told] == [False, False, True, False]
    assert [it.starts for it in told] == [False, True, False, False]
    assert [it.tells_starts for it in told] == [True, False, False, False]


def test_one_plain_scalar_is_looked_up_and_large_values_are_not() -> None:
    for known in (plain_scalars.tag, plain_scalars.tag_alone):
        known.cache_clear()
    for step in range(1, 4):
        assert [*event(scalars(step, loss=step / 2).SerializeToString()).scalars] == [("loss", step / 2)]
    assert plain_scalars.tag_alone.cache_info().hits == 2
    size = plain_scalars.tag.cache_info().currsize
    event(blobs(0, "neurons", [bytes(10_000)]).SerializeToString())
    assert plain_scalars.tag.cache_info().currsize == size


def test_a_text_that_ends_like_a_number_is_a_text() -> None:
    found = event(text(1, "ab\x15cdef").SerializeToString())
    assert [it.kind for it in found.others] == [values.TEXTS] and not found.scalars


def test_no_part_of_an_event_has_its_scalar() -> None:
    record = wire.event(1.0, 3, wire.scalars([wire.head("loss")], [1.0]))
    assert [*event(record).scalars] == [("loss", 1.0)]
    read = 0
    for cut in range(1, len(record)):
        with contextlib.suppress(ValueError):
            read += not event(record[:cut]).scalars
    assert read == 2  # behind the time, and behind the step
