"""Functions are compiled, and kept on disk where there is a place for them."""

from torchdemos.stats.compiler import compiled, float_from_bits


def test_a_function_without_a_file_is_compiled_but_not_kept() -> None:
    from_no_file = eval("lambda x: x + 1")
    assert compiled(from_no_file)(1) == 2


def test_the_bits_of_a_float32_are_read_as_its_value() -> None:
    assert [float_from_bits(bits) for bits in (0x3F800000, 0x00000001)] == [1.0, 2.0**-149]
