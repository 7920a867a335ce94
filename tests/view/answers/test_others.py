"""What other programs logged: their losses first, and a sentence that says whose log it is."""

from torchdemos.view.answers import others
from torchdemos.view.events import LoggedRun

CURVE = [(0, 1.0), (1, 2.0)]


def test_losses_come_first_then_accuracies_then_the_rest() -> None:
    scalars = dict.fromkeys(["a", "val/acc", "closs", "train_loss", "lr"], CURVE)
    cards = others.page({"x": LoggedRun(scalars=scalars)}, 1)["cards"]
    assert [card["title"] for card in cards] == ["Train loss", "Acc", "A"]


def test_the_sentence_counts_the_runs_and_names_another_program() -> None:
    runs = {"x": LoggedRun(scalars={"loss": CURVE})}
    assert others.page(runs, 1)["answer"].startswith("One run here was logged by another program than torchdemos")
    many = others.page(runs, 30)["answer"]
    assert many.startswith("**30 runs** here were logged by another program") and "The newest are below." in many
