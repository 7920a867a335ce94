"""What is a neuron? A unit that holds one value for one given input; the pixels are the first neurons."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.board import Board
from torchdemos.board.layout import session_start
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, probe
from torchdemos.lab.demos import display, neurons_guesses, neurons_page, one_neuron, overview, readme, side_by_side
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import Neurons
from torchdemos.lab.demos.display import pinned, pinned_chart
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.demos.neurons_guesses import questions as questions
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.lab.experiments import capacity
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure
from torchdemos.lab.training import accuracy
from torchdemos.log import links, tags
from torchdemos.watching.schedules import spaced
from torchdemos.watching.watch import watch

FULL_MINUTES = 1.5
RUNS = {"cnn": ("0_cnn", "two convolutions, two dense layers"), "mlp": ("1_mlp", "one hidden layer of 36 neurons")}
ONE_DIGIT = Figure(
    "1_neurons",
    title="Every neuron of one digit",
    caption="the pixels are the first neurons, a layer a picture of the last",
    about="Every neuron of every layer for one digit; each layer is a picture of the one before. White is 0, each "
    "layer has a scale of its own.",
)
TEN_DIGITS = Figure(
    "2_ten_digits",
    title="Ten digits, the same neurons",
    caption="a value belongs to its input: columns differ, neurons do not",
    about="The same neurons for ten digits: a value belongs to its input. One scale a layer.",
)
OVER_TRAINING = Figure(
    "3_over_training",
    title="One digit over training",
    caption="the weights change, and so do the values",
    about="The same neurons for the same digit after more and more training steps. One scale a layer.",
)
BY_HAND = Figure(
    "4_one_neuron_by_hand",
    title="One neuron by hand",
    caption="inputs x weights, summed, plus the bias, through the activation",
    about="One neuron: inputs x weights, summed, plus the bias, through the activation; and what the hook recorded.",
)
TEMPLATES = Figure(
    "5_weights_as_pictures",
    title="Weights as pictures",
    caption="a neuron of the first dense layer is a 28x28 template",
    about="The incoming weights of each neuron of the first layer: what it looks for.",
)
# The MLP's weights start small, and weight decay takes away those that no digit needs, so that templates stand out of
# the noise.
WEIGHT_VARIANCE = {"cnn": 2.0, "mlp": 0.1}
WEIGHT_DECAY = {"cnn": 0.0, "mlp": 0.01}

Album = dict[int, dict[str, Tensor]]
"""The neurons of every layer for one digit, by step."""


def exhibit(config: Neurons) -> Exhibit:
    """What this demo shows; cards of figures that are taller than a card come last."""
    runs = [RUNS[name][0] for name in chosen(config)]
    return Exhibit(
        entries=[
            readme.Entry(
                "Neuron by neuron",
                "click any neuron: its inputs, its weights, and the sum that makes its value",
                links.ANSWERS,
            ),
            PinnedCards("one neuron by hand, and everything below"),
            *(ONE_DIGIT, TEN_DIGITS, OVER_TRAINING, BY_HAND, TEMPLATES),
            *one_neuron.FIGURES,
            *(one_neuron.FULL_FIGURES if config.full else ()),
        ],
        pins=[
            pinned(BY_HAND, runs[-1]),
            pinned(TEMPLATES, runs[-1]),
            *map(pinned, one_neuron.FIGURES),
            pinned_chart(tags.ACCURACY),
            pinned(TEN_DIGITS, runs[-1]),
            *(pinned(ONE_DIGIT, run) for run in runs),
        ],
        charts=display.layout(capacity.CHARTS),
        hparams=["model", "lr"],
    )


def introduce(config: Neurons, board: Board, digits: Digits) -> None:
    """Write all that is known before the run."""
    exhibit(config).introduce(board, config, [RUNS[name] for name in chosen(config)], digits.source)


def chosen(config: Neurons) -> list[str]:
    """The names of the networks to train."""
    return [name for name in RUNS if config.model in (name, "both")]


def run(config: Neurons, board: Board, digits: Digits, progress: Progress = no_progress) -> Answer:
    """Train and draw every neuron after more and more steps; compute one by hand; show what a single one can learn."""
    config.validate()
    introduce(config, board, digits)
    variants = [build(config, board, name, digits.train_images.device) for name in chosen(config)]
    ten = probe(digits)
    for _ in progress(train_and_draw(config, variants, digits, ten), "training", config.steps):
        pass
    claims: list[Claim | Bound] = [claim for variant in variants for claim in check(config, variant, ten)]
    side_by_side.close(variants, config.steps)
    for result in one_neuron.experiments(config, digits, progress):
        claims += display.show(board, result)
    told = neurons_page.told(variants, ten, config.digit)
    found, sketch = side_by_side.final_findings(variants), neurons_page.sketch(variants, ten, config.digit)
    return Answer(claims, verdict(config, variants, ten), found, told, sketch, neurons_guesses.outcomes(claims))


# Train, and draw every neuron for the same ten digits.


def build(config: Neurons, board: Board, name: str, device: torch.device) -> Variant:
    """A fresh network on a board of its own."""
    model: nn.Sequential = {"cnn": models.cnn, "mlp": models.mlp}[name]()
    inits.gaussian(model, WEIGHT_VARIANCE[name], 0.0, torch.Generator().manual_seed(config.seed))
    model.to(device)
    own = board.variant(RUNS[name][0])
    own.show(session_start({"model": name, "lr": config.lr}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9, weight_decay=WEIGHT_DECAY[name])
    looks = set(spaced(config.steps, 40))
    return Variant(name, model, optimizer, own, watch(model, own, looks.__contains__, detail="histograms", alert=None))


def train_and_draw(config: Neurons, variants: Sequence[Variant], digits: Digits, ten: Tensor) -> Iterator[int]:
    """Train all variants side by side, and draw their neurons after 0, 1, 2, ... and after the last step."""
    drawn, albums = set(spaced(config.steps + 1)), [Album() for _ in variants]
    for variant, album in zip(variants, albums, strict=True):
        draw(config, variant, album, 0, digits, ten)
    data = digits.train_images, digits.train_labels
    for step in side_by_side.train(variants, *data, config.batch, config.steps, config.seed):
        for variant, album in zip(variants, albums, strict=True):
            variant.board.log(step, scalars=overview.loss_scalars(variant.losses))
            if step + 1 in drawn:
                draw(config, variant, album, step + 1, digits, ten)
        yield step


def draw(config: Neurons, variant: Variant, album: Album, step: int, digits: Digits, ten: Tensor) -> None:
    """Draw every neuron of every layer for one digit, for ten digits, and for one digit over time."""
    layers = one_neuron.values(variant.model, ten)
    one = {name: values[config.digit] for name, values in layers.items()}
    album[step] = one
    variant.accuracy = accuracy(variant.model, digits.test_images, digits.test_labels)
    over_time = {name: torch.stack([page[name] for page in album.values()]) for name in layers}
    digit, ten_digits, steps = config.digit, {"pixels": ten[:, 0]} | layers, [str(step) for step in album]
    figures = {
        ONE_DIGIT: pictures.layers_as_pixels(one, ten[digit, 0], title=f"a {digit} after {step} steps"),
        TEN_DIGITS: pictures.samples_by_layer(ten_digits, "0123456789", title=f"after {step} steps"),
        OVER_TRAINING: pictures.samples_by_layer(over_time, steps, title=f"a {digit}, by step"),
        BY_HAND: one_neuron.draw(*one_neuron.strongest(variant.model, ten[digit])),
        TEMPLATES: one_neuron.draw_templates(variant.model),
    }
    blobs = {}
    if len(album) % 2 or step == config.steps:  # snapshots are large, and every second one suffices
        blobs[tags.NEURONS] = one_neuron.snapshot_of(variant.model, ten, "0123456789")
    scalars = {tags.ACCURACY: variant.accuracy}
    variant.board.log(step, scalars=scalars, pictures=display.tagged(figures), blobs=blobs)


def check(config: Neurons, variant: Variant, ten: Tensor) -> list[Claim]:
    """Hold a neuron of the first layer and the digit's output neuron against the hook, both by hand."""
    name, model, image = variant.name, variant.model, ten[config.digit]
    claims = [
        one_neuron.first_layer_claim(name, model, image),
        one_neuron.output_claim(name, model, image, config.digit),
    ]
    return claims + ([one_neuron.template_claim(name, model, image)] if name == "mlp" else [])


def verdict(config: Neurons, variants: Sequence[Variant], ten: Tensor) -> str:
    """The values of one neuron for ten digits, and the accuracy of all neurons together."""
    last = variants[-1]
    neuron, _ = one_neuron.strongest(last.model, ten[config.digit])
    layer = one_neuron.values(last.model, ten)["relu1"]
    listed = " ".join(f"{float(values[neuron.place]):.1f}" for values in layer)
    accuracies = " and ".join(f"{variant.name} {variant.accuracy:.0%}" for variant in variants)
    return (
        f"A neuron's value belongs to its input: {last.name} neuron {list(neuron.place)} is {listed} for the digits 0 "
        f"to 9. All neurons together name the test digits right: {accuracies.replace('nan%', 'none (not numbers)')}."
    )
