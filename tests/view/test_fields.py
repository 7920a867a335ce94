"""Protocol buffers as their own library reads them."""

import contextlib
import random

import pytest
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from torchdemos.board import wire
from torchdemos.view import fields as module
from torchdemos.view.fields import Broken, fields, parts, signed, varint


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_whole_number_comes_back_with_its_end(number: int) -> None:
    written = wire.varint(number)
    assert varint(b"x" + written + b"y", 1) == (number, 1 + len(written))


@pytest.mark.parametrize("written", [b"", b"\x80", b"\xff" * 9, b"\xff" * 10, b"\xff" * 11])
def test_a_number_that_does_not_end_is_broken(written: bytes) -> None:
    with pytest.raises(Broken):
        varint(written, 0)


def test_half_of_all_numbers_are_negative() -> None:
    assert [signed(number) for number in (0, 2**63 - 1, 2**63, 2**64 - 1)] == [0, 2**63 - 1, -(2**63), -1]


def test_fields_of_each_kind_are_read_and_others_passed_over() -> None:
    tensor = TensorProto(dtype=7, tensor_content=b"abc", string_val=[b"one", b""], double_val=[0.5], int_val=[1, 2])
    found = [*fields(tensor.SerializeToString())]
    assert (0x08, 7) in found and (0x22, b"abc") in found and (0x3A, b"\1\2") in found
    assert [content for key, content in found if key == 0x42] == [b"one", b""]


def test_of_two_contents_the_last_counts() -> None:
    assert parts(b"\x08\x01\x08\x02") == {8: 2}


@pytest.mark.parametrize("message", [b"\x0a\x05abcd", b"\x09abc", b"\x0a", b"\x0b\x0c", b"\x00\x00", b"\x02\x00"])
def test_what_is_no_message_is_broken(message: bytes) -> None:
    with pytest.raises(Broken):
        parts(message)


def test_a_message_of_endless_fields_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FIELDS", 3)
    assert len([*fields(b"\x0a\x00" * 3)]) == 3
    with pytest.raises(Broken, match="too many"):
        [*fields(b"\x0a\x00" * 4)]


def test_any_bytes_are_read_or_broken() -> None:
    chance = random.Random(0)
    read = 0
    for _ in range(2000):
        with contextlib.suppress(Broken):
            read += bool(parts(chance.randbytes(chance.randrange(12))))
    assert 50 < read < 1950
