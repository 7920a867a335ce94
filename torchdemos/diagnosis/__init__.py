"""What plain numbers say about a training run: one function per rule, which returns a Finding or None.

Nothing here imports PyTorch, so a rule works on a live run and on an old event file alike.
"""

from collections.abc import Collection

from torchdemos.diagnosis import (
    bounded_answers,
    gradients,
    inputs,
    losses,
    modes,
    not_stepped,
    not_trained,
    one_answer,
    optimizer_settings,
    optimizing,
    step_size,
    units,
    wrong_loss,
)
from torchdemos.diagnosis.causes import ordered, without
from torchdemos.diagnosis.finding import Finding, Findings
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.not_finite import not_finite
from torchdemos.diagnosis.units import DEAD_SAMPLES

__all__ = ["DEAD_SAMPLES", "RULES", "Finding", "Findings", "History", "diagnose"]

RULES = (
    inputs.constant_input,
    inputs.unscaled_input,
    inputs.uneven_input,
    inputs.unscaled_targets,
    wrong_loss.wrong_loss,
    one_answer.broadcast,
    one_answer.softmax_over_samples,
    bounded_answers.sigmoid_twice,
    bounded_answers.targets_out_of_reach,
    bounded_answers.cut_off_answers,
    losses.below_minimum,
    losses.rising,
    losses.nothing_learnt,
    units.equal_units,
    units.dead_units,
    units.saturated_units,
    optimizing.not_cleared,
    optimizing.shrinking_weights,
    gradients.exploding,
    gradients.vanishing,
    modes.batch_norm_in_evaluation,
    modes.batch_norm_momentum,
    modes.too_much_dropout,
    modes.bottleneck,
    step_size.too_large,
    step_size.too_small,
    not_finite,
    not_stepped.cleared_too_early,
    not_stepped.never_stepped,
    optimizer_settings.betas_swapped,
    optimizer_settings.rate_is_over,
    not_trained.clipped_away,
    not_trained.gradient_cut,
    not_trained.bounded_answer,
    not_trained.not_trained,
    not_trained.frozen,
)


def diagnose(history: History, muted: Collection[str] = ()) -> Findings:
    """Say what is wrong with a training run, as far as these numbers tell: the worst first, causes before consequences.

    It is a list; `print` shows what it says. An empty one means that no rule fired, not that the run is healthy.
    `muted` are kinds of findings that you have seen and do not want to be told again, each alone or for one layer, as
    in `"dead units"` or `"dead units: fc1"`. What follows from a muted finding is not told either, unless it is worse.

    ```python
    from torchdemos import History, diagnose

    norms = {"fc1": 1e-10, "fc2": 1e-7, "fc3": 1e-4, "out": 0.1}
    history = History(steps=[0, 10, 20], gradients={name: {"norm": [norm] * 3} for name, norm in norms.items()})
    for finding in diagnose(history):
        print(finding.level, finding.kind, finding.layer)  # error vanishing gradient fc1
    ```
    """
    found = [finding for rule in RULES if (finding := rule(history))] if history.steps or history.losses else []
    return Findings(without(muted, ordered(found)) if muted else ordered(found))
