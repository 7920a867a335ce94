"""A loop without a progress bar."""

from torchdemos.lab.progress import no_progress


def test_the_items_are_handed_on_as_they_are() -> None:
    items = iter(range(3))
    assert no_progress(items, "counting", 3) is items
