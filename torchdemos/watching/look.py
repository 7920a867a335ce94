"""One look at a model in training, in plain numbers."""

from dataclasses import dataclass

Statistics = dict[str, float]
Bins = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Look:
    """Plain numbers of one watched step; the keys of layers are those of a `Tape`, in call order.

    `activations`: mean, std, abs_max, zero_fraction, finite_fraction, dead_units, long_dead (the share of units that
    were active in none of the last thousand samples, once there are so many), equal_units (1 where all units gave
    the same) and, for sigmoid, tanh and their kin, saturated_units; those of units are NaN where nobody knows which
    dimension of the output holds them.
    `gradients`: norm and abs_max of d loss / d output.
    `parameters`: norm before the step, grad_norm (of the gradient that the optimizer's step took), update_ratio and
    added_grad_norm (of what backward added in a block without a step), each where there is one.
    `weights_finite`: whether all parameters of a layer were finite before the step. `loss`: the mean of the losses that
    were given in the block, None if none was.
    `gradient_norm`: all gradients that the optimizer's step took together, None if no optimizer took a step, or if some
    gradient could not be measured, and so for the next three.
    `unclipped_gradient_norm`: the same as backward left them, None where the loop does not change them.
    `added_gradient_norm`: what backward added to the gradients in a block without a step, else None.
    `left_over_gradient_norm`: what they held from before the block when a step took them, None for nothing.
    `optimizer`: learning_rate, weight_decay, momentum and square_memory of the latest step. `histograms`,
    `parameter_histograms` and `gradient_histograms`: (counts, edges) of outputs, of the values of parameters before the
    step, and of the gradients that it took. `silent`: layers that gave no activation. `without_gradient`: parameters
    that require a gradient and got none, while others did. `kinds`: what each layer is, as in `Linear 20 → 64`, and
    `rows` how many rows of units it gave, where the units are known.
    `given`: mean, std, abs_max, zero_fraction and finite_fraction of what the model was given, or of integers only
    alike, 1 where all are the same. `answer`: the same of an answer [rows, units], rows, units, and grad_norm,
    grad_abs_max and grad_shared (the norm of its sum over rows) of d loss / d answer. Both are empty where that is
    unknown.
    `frozen`: parameters that require no gradient. `fed_by`: the layers with parameters that feed each of them.
    """

    step: int
    activations: dict[str, Statistics]
    gradients: dict[str, Statistics]
    parameters: dict[str, Statistics]
    weights_finite: dict[str, bool]
    loss: float | None
    gradient_norm: float | None
    unclipped_gradient_norm: float | None
    added_gradient_norm: float | None
    left_over_gradient_norm: float | None
    optimizer: Statistics
    histograms: dict[str, Bins]
    parameter_histograms: dict[str, Bins]
    gradient_histograms: dict[str, Bins]
    silent: list[str]
    without_gradient: list[str]
    kinds: dict[str, str]
    rows: dict[str, int]
    given: Statistics
    answer: Statistics
    frozen: list[str]
    fed_by: dict[str, list[str]]

    def flat(self) -> dict[str, float]:
        """Every single number by one name, for whatever logs a mapping: `gradients/fc1/norm`, `gradient_norm`, ...

        ```python
        if around.last and around.last.step == step:
            wandb.log(around.last.flat(), step=step)
        ```
        """
        kinds = {"activations": self.activations, "gradients": self.gradients, "parameters": self.parameters}
        found = {
            f"{kind}/{name}/{statistic}": value
            for kind, named in kinds.items()
            for name, statistics in named.items()
            for statistic, value in statistics.items()
        }
        totals = ("loss", "gradient_norm", "unclipped_gradient_norm", "added_gradient_norm")
        found |= {f"optimizer/{name}": value for name, value in self.optimizer.items()}
        return found | {total: value for total in totals if (value := getattr(self, total)) is not None}
