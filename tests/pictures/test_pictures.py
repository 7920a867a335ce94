"""Pictures: colours that mean what they say, and layouts that take any layer."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.pictures.axes import axis, tick_labels

MAGENTA = torch.tensor([1.0, 0.0, 1.0])


def is_a_picture(picture: Tensor, width: int | None = None) -> bool:
    """A float [3, H, W] in 0..1, of the asked width."""
    fits = width is None or picture.shape[2] == width
    return picture.shape[0] == 3 and fits and 0 <= picture.min().item() <= picture.max().item() <= 1


def ink(picture: Tensor) -> int:
    """How many pixels are not white."""
    return int((picture < 1).any(dim=0).sum())


# Colours


def test_zero_is_exactly_white_and_the_signs_are_blue_and_orange() -> None:
    blue, white, orange = pictures.signed(torch.tensor([[-1.0, 0.0, 1.0]]))[:, 0].T
    assert torch.equal(white, torch.ones(3))
    assert blue[2] > blue[0] + 0.4 and orange[0] > orange[2] + 0.4


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool, torch.uint8])
def test_all_zeros_are_all_white_in_any_dtype(dtype: torch.dtype) -> None:
    assert pictures.signed(torch.zeros(4, 5, dtype=dtype)).eq(1).all()


def test_both_signs_darken_alike() -> None:
    x = torch.linspace(0, 1, 21)[None]
    grey = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    up, down = (pictures.signed(sign * x) * grey for sign in (1, -1))
    assert (up.sum(0) - down.sum(0)).abs().max() < 0.1
    assert up.sum(0).diff().max() < 0


def test_nan_is_magenta_also_where_all_else_is_zero() -> None:
    x = torch.tensor([[0.0, math.nan]])
    assert torch.equal(pictures.signed(x)[:, 0, 1], MAGENTA)
    assert torch.equal(pictures.sequential(x, 0, 0)[:, 0, 1], MAGENTA)


def test_nan_is_magenta_and_infinities_have_the_end_colours() -> None:
    colours = pictures.signed(torch.tensor([[math.nan, math.inf, -math.inf, 2.0, -2.0]]))[:, 0].T
    assert torch.equal(colours[0], MAGENTA)
    assert torch.equal(colours[1], colours[3]) and torch.equal(colours[2], colours[4])


@pytest.mark.parametrize("size", [1e-44, 1e-300, 1e38, 1e300])
def test_the_largest_magnitude_has_full_colour_at_any_size(size: float) -> None:
    x = torch.tensor([[size, -size]], dtype=torch.float64)
    assert torch.equal(pictures.signed(x), pictures.signed(torch.tensor([[1.0, -1.0]])))


@pytest.mark.parametrize("scale", [-1.0, math.nan, math.inf])
def test_a_meaningless_scale_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        pictures.signed(torch.ones(1, 1), scale)


def test_full_scale_ignores_what_is_not_finite() -> None:
    assert pictures.full_scale(torch.tensor([-3.0, 2.0, math.nan, math.inf])) == 3
    assert pictures.full_scale(torch.tensor([math.nan])) == pictures.full_scale(torch.empty(0)) == 0


def test_sequential_grows_lighter_and_clips_at_its_ends() -> None:
    colours = pictures.sequential(torch.tensor([[-math.inf, 0.0, 0.5, 1.0, 9.0, math.nan]]), 0, 1)[:, 0].T
    assert torch.equal(colours[0], colours[1]) and torch.equal(colours[3], colours[4])
    assert colours[1].mean() < colours[2].mean() < colours[3].mean()
    assert torch.equal(colours[5], MAGENTA)


def test_sequential_refuses_low_above_high() -> None:
    with pytest.raises(ValueError, match="low"):
        pictures.sequential(torch.ones(1, 1), 1, 0)


# What each kind of colour vision makes of linear RGB: Machado, Oliveira and Fernandes, 2009, severity 1.
VISION = {
    "usual": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def as_seen(colours: Tensor, vision: str) -> Tensor:
    """sRGB [3, n] as CIELAB [n, 3] after a loss of colour vision: equal distances there look about equal."""
    linear = torch.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    linear = (torch.tensor(VISION[vision]) @ linear).clamp(0, 1)
    xyz = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = xyz / torch.tensor([0.9505, 1.0, 1.089])[:, None]
    f, g, h = (torch.where(v > 0.008856, v.clamp(min=1e-9) ** (1 / 3), 7.787 * v + 16 / 116) for v in (x, y, z))
    return torch.stack([116 * g - 16, 500 * (f - g), 200 * (g - h)], dim=1)


@pytest.mark.parametrize("vision", VISION)
def test_the_sequential_map_grows_lighter_for_every_colour_vision(vision: str) -> None:
    lightness = as_seen(pictures.sequential(torch.linspace(0, 1, 33), 0, 1), vision)[:, 0]
    assert lightness.diff().min() > 0.5 and lightness[-1] - lightness[0] > 60


@pytest.mark.parametrize("vision", VISION)
def test_the_signed_map_is_ordered_and_its_sides_differ_for_every_colour_vision(vision: str) -> None:
    x = torch.linspace(0, 1, 17)
    minus, plus = (as_seen(pictures.signed(sign * x, scale=1), vision) for sign in (-1, 1))
    assert minus[:, 0].diff().max() < -0.5 and plus[:, 0].diff().max() < -0.5
    assert (minus - plus).norm(dim=1)[4:].min() > 20  # from a quarter of the scale on


@pytest.mark.parametrize("vision", VISION)
def test_nan_is_told_from_every_number_for_every_colour_vision(vision: str) -> None:
    x = torch.linspace(-1, 1, 65)
    numbers = torch.cat([pictures.signed(x), pictures.sequential(x, -1, 1)], dim=1)
    assert (as_seen(numbers, vision) - as_seen(MAGENTA[:, None], vision)).norm(
        dim=1
    ).min() > 15  # 2.3 is just noticeable


# Tiles and text


def test_a_grid_keeps_reading_order_and_fills_the_rest_with_grey() -> None:
    images = torch.arange(3.0).div(4).reshape(3, 1, 1, 1).expand(3, 3, 2, 2)
    whole = pictures.grid(images, columns=2, gap=1)
    assert whole.shape == (3, 5, 5)
    assert [whole[0, 0, 0], whole[0, 0, 3], whole[0, 3, 0]] == [0, 0.25, 0.5]
    assert whole[0, 3, 3] == whole[0, 0, 2] == pytest.approx(0.82)


def test_stack_and_beside_pad_with_white() -> None:
    small, large = torch.zeros(3, 1, 1), torch.zeros(3, 2, 3)
    below, right = pictures.stack([small, large], gap=1), pictures.beside([small, large], gap=1)
    assert (below.shape, ink(below)) == ((3, 4, 3), 7)
    assert (right.shape, ink(right)) == ((3, 2, 5), 7)


def test_enlarge_repeats_pixels() -> None:
    picture = torch.rand(3, 2, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(pictures.enlarge(picture, 3)[:, ::3, ::3], picture)
    with pytest.raises(ValueError, match="factor"):
        pictures.enlarge(picture, 0)


def test_a_caption_is_written_above_and_wraps() -> None:
    picture = torch.zeros(3, 5, 80)
    short, long = (
        pictures.caption(picture, "conv1"),
        pictures.caption(picture, "a far longer caption than this: \u2713"),
    )
    assert short.shape[1] < long.shape[1] and short.shape[2] == long.shape[2] == 80
    assert ink(short[:, :-5]) > 20
    assert torch.equal(short[:, -5:], picture)


def test_what_the_font_lacks_is_written_as_a_question_mark() -> None:
    picture = torch.zeros(3, 5, 80)
    assert torch.equal(pictures.caption(picture, "\u2713 caf\u00e9"), pictures.caption(picture, "? caf?"))


def test_an_image_has_no_values_beyond_black_and_white() -> None:
    levels = pictures.to_image(torch.tensor([-0.5, 1.5]).expand(3, 1, 2)).getpixel
    assert (levels((0, 0)), levels((1, 0))) == ((0, 0, 0), (255, 255, 255))


def test_images_survive_the_way_to_pillow_and_back() -> None:
    picture = torch.arange(12).reshape(3, 2, 2) / 255
    assert torch.equal(pictures.from_image(pictures.to_image(picture)), picture)


# One layer


def test_units_become_pixels_one_to_one() -> None:
    x = torch.arange(-8, 8).float()
    assert torch.equal(pictures.pixels(x), pictures.signed(x.reshape(4, 4)))


@pytest.mark.parametrize(
    ("shape", "size"),
    [((4, 784), (57, 57)), ((784,), (28, 28)), ((28, 28), (28, 28)), ((2, 3, 5, 6), (11, 20)), ((), (1, 1))],
)
def test_pixels_lays_out(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    assert pictures.pixels(torch.zeros(shape)).shape == (3, *size)


def test_pixels_that_are_not_a_square_say_so() -> None:
    with pytest.raises(ValueError, match="785 is not a square"):
        pictures.pixels(torch.zeros(4, 785))
    assert pictures.pixels(torch.zeros(785), shape=(5, 157)).shape == (3, 5, 157)
    with pytest.raises(ValueError, match="fill"):
        pictures.pixels(torch.zeros(785), shape=(5, 5))


def test_pixels_of_one_call_share_a_scale() -> None:
    x = torch.tensor([[1.0] * 4, [2.0] * 4])
    picture = pictures.pixels(x)
    assert torch.equal(picture[:, 0, 0], pictures.signed(torch.tensor([[1.0]]), scale=2)[:, 0, 0])


SHAPES = [
    (),
    (1,),
    (7,),
    (10,),
    (257,),
    (20_000,),
    (3, 400),
    (600, 2),
    (8, 24, 24),
    (70, 30, 30),
    (3, 500, 500),
    (2, 3, 4, 5),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("box", [(300, 100), (146, 24), (18, 18)])
def test_units_of_any_shape_fit_their_box(shape: tuple[int, ...], box: tuple[int, int]) -> None:
    picture = pictures.units(torch.ones(shape), *box)
    assert is_a_picture(picture) and picture.shape[2] <= box[0] and picture.shape[1] <= box[1]


@pytest.mark.parametrize("place", [(123, 456), (499, 499)])
def test_a_map_that_is_averaged_down_still_shows_its_nan(place: tuple[int, int]) -> None:
    x = torch.ones(500, 500)
    x[place] = math.nan
    assert (pictures.units(x, 100, 100) == MAGENTA[:, None, None]).all(0).any()


# Whole networks

ODD = {
    "scalar": torch.tensor(3.0),
    "one": torch.ones(1),
    "ten": torch.linspace(-1, 1, 10),
    "sequence": torch.ones(17, 64),
    "maps": torch.ones(8, 24, 24),
    "heads": torch.ones(2, 4, 9, 9),
    "empty": torch.empty(0, 3, 3),
    "strange": torch.tensor([math.nan, math.inf, -math.inf, 1]),
    "integers": torch.arange(12),
    "half": torch.ones(5, 6, 6, dtype=torch.float16),
    "complex": torch.ones(4, dtype=torch.complex64),
    "grad": torch.ones(6, requires_grad=True),
    "a.very.long.name." * 9: torch.ones(4096),
}


@pytest.mark.parametrize("width", [200, 300, 417])
def test_layers_as_pixels_takes_every_layer_and_keeps_its_width(width: int) -> None:
    assert is_a_picture(pictures.layers_as_pixels(ODD, torch.ones(1, 28, 28), width, "a title " * 9), width)
    assert is_a_picture(pictures.layers_as_pixels({}, width=width), width)


def test_layers_as_pixels_uses_the_height_and_no_more() -> None:
    layers = {f"conv{i}": torch.ones(16, 24, 24) for i in range(9)}
    tall, low = (pictures.layers_as_pixels(layers, height=height).shape[1] for height in (900, 600))
    assert 500 < tall <= 900 and low <= 600


def test_each_layer_has_a_scale_of_its_own() -> None:
    x = torch.linspace(-1, 1, 50)
    one, thousand = (pictures.layers_as_pixels({"a": x, "b": x * factor}) for factor in (1, 1000))
    full = pictures.signed(torch.ones(1, 1))
    count = [(picture == full).all(0).sum() for picture in (one, thousand)]
    assert count[0] == count[1] > 0


@pytest.mark.parametrize("width", [200, 300, 417])
def test_samples_by_layer_takes_every_layer_and_keeps_its_width(width: int) -> None:
    layers = {name: torch.stack([x] * 10) for name, x in ODD.items()}
    assert is_a_picture(pictures.samples_by_layer(layers, "0123456789", width, "ten digits"), width)
    assert is_a_picture(pictures.samples_by_layer({}, width=width), width)


def test_samples_of_a_layer_share_a_scale() -> None:
    x = torch.stack([torch.ones(9), torch.full((9,), 2.0)])
    picture = pictures.samples_by_layer({"fc": x})
    weak, full = (pictures.signed(torch.full((1, 1), value), scale=2) for value in (1, 2))
    assert (picture[:, :, :150] == weak).all(0).any() and not (picture[:, :, :150] == full).all(0)[30:].any()
    assert (picture[:, :, 150:] == full).all(0).any()


def test_samples_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="same N"):
        pictures.samples_by_layer({"a": torch.ones(2, 3), "b": torch.ones(3, 3)})
    with pytest.raises(ValueError, match="same N"):
        pictures.samples_by_layer({"a": torch.ones(2, 3)}, columns=["only one"])


def test_a_weighted_sum_shows_the_products() -> None:
    inputs, weights = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[-1.0, -1.0], [-1.0, -1.0]])
    picture = pictures.weighted_sum(inputs, weights, ["sum -2"])
    blue = (picture[:, :100] == pictures.signed(-torch.ones(1, 1))).all(0).sum(0)  # above the colour bars
    assert is_a_picture(picture, 300)
    assert blue[:100].sum() == 0 < blue[200:].sum() < blue[100:200].sum()


def test_a_weighted_sum_needs_equal_shapes() -> None:
    with pytest.raises(ValueError, match="same shape"):
        pictures.weighted_sum(torch.ones(4), torch.ones(9))


# Charts


def test_the_same_value_has_the_same_colour_in_every_heatmap_with_the_same_limits() -> None:
    one, other = torch.full((6, 6), 0.3), torch.full((6, 6), 0.3)
    other[3:] = 0.9
    one, other = (pictures.heatmap(m, 0, 1, "norms") for m in (one, other))
    changed = (one != other).any(0).any(1).nonzero()
    assert one.shape == other.shape and is_a_picture(one, 300)
    expected = pictures.sequential(torch.tensor([[0.3]]), 0, 1)[:, 0, 0]
    above = int(changed.min()) - 5
    assert torch.equal(one[:, above, 150], expected) and torch.equal(other[:, above, 150], expected)


def test_a_heatmap_marks_an_end_of_its_colours_that_stands_for_more() -> None:
    within, below = torch.tensor([[0.0, 1.0]]), torch.tensor([[-math.inf, 1.0]])
    plain, marked = (pictures.heatmap(matrix, 0, 1) for matrix in (within, below))
    assert torch.equal(plain[:, :40], marked[:, :40])  # the colours are those of the end
    assert ink(marked[:, -15:, :12]) > ink(plain[:, -15:, :12])


def test_row_0_of_a_heatmap_is_at_the_top() -> None:
    picture = pictures.heatmap(torch.tensor([[0.0], [1.0]]))
    first, last = (pictures.sequential(torch.full((1, 1), v), 0, 1)[:, 0, 0] for v in (0.0, 1.0))
    assert torch.equal(picture[:, 10, 150], first) and torch.equal(picture[:, 50, 150], last)


def test_a_heatmap_explains_magenta_only_when_there_is_some() -> None:
    clean = torch.zeros(4, 1000)
    spoilt = clean.clone()
    spoilt[2, 777] = math.nan
    before, after = pictures.heatmap(clean), pictures.heatmap(spoilt)
    assert (after == MAGENTA[:, None, None]).all(0).any() and after.shape[1] > before.shape[1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (20, 11)])
@pytest.mark.parametrize("value", [1.0, math.nan, math.inf])
def test_a_heatmap_takes_any_matrix(shape: tuple[int, int], value: float) -> None:
    assert is_a_picture(pictures.heatmap(torch.full(shape, value), x_label="step", y_label="layer", unit="std"), 300)


def test_heatmaps_of_nothing_and_names_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="matrix"):
        pictures.heatmap(torch.empty(0, 3))
    with pytest.raises(ValueError, match="y_ticks"):
        pictures.heatmap(torch.ones(2, 3), y_ticks=["one"])


def test_a_chart_draws_dots_where_the_numbers_are() -> None:
    empty = pictures.lines([("loss", [0.5], [math.nan], "dots")], x_limits=(0, 1), y_limits=(0, 1))
    dotted = pictures.lines([("loss", [0.9], [0.1], "dots")], x_limits=(0, 1), y_limits=(0, 1))
    rows, columns = (empty != dotted).any(0).nonzero().T.float()
    assert columns.mean() > 250 and rows.mean() > 130


@pytest.mark.parametrize("names", [1, 3, 7])
@pytest.mark.parametrize("label", ["", "label"])
def test_a_chart_is_as_tall_as_a_card(names: int, label: str) -> None:
    series = [(f"number {i}", [0, 1], [i, i], "line") for i in range(names)]
    assert pictures.lines(series, "title", label, label).shape == (3, pictures.CARD_HEIGHT, pictures.CARD_WIDTH)


@pytest.mark.parametrize("limits", [(0, 8.5), (0.5, 10.5), (-0.7, 31.7), (-1, 1), (0.99, 1.01), (0, 5)])
def test_an_axis_has_three_to_five_ticks(limits: tuple[float, float]) -> None:
    assert 3 <= len(tick_labels(axis(torch.empty(0), limits), 5)) <= 5


def test_a_logarithmic_axis_of_few_powers_has_numbers_between() -> None:
    def texts(low: float, high: float) -> list[str]:
        return [text for _, text in tick_labels(axis(torch.empty(0), (low, high), log=True), 5)]

    assert texts(0.15, 2.6) == ["0.2", "0.5", "1", "2"]
    assert texts(0.003, 0.6) == ["0.003", "0.01", "0.03", "0.1", "0.3"]
    assert texts(0.36, 0.5) == ["0.4", "0.45", "0.5"]
    assert texts(0.001, 1) == ["0.001", "0.01", "0.1", "1"]


def test_a_line_breaks_at_what_is_not_finite() -> None:
    xs = list(range(5))
    whole = pictures.lines([("f", xs, [1, 2, 3, 4, 5], "line")])
    broken = pictures.lines([("f", xs, [1, 2, math.nan, 4, 5], "line")])
    assert ink(broken) < ink(whole)


@pytest.mark.parametrize("ys", [[], [0.0, 0.0], [1e-30, 1e30], [math.inf, math.nan], [-1.0, 0.0]])
@pytest.mark.parametrize("log", [False, True])
def test_a_chart_takes_any_numbers(ys: list[float], log: bool) -> None:
    xs = torch.arange(len(ys))
    series = [("theory", xs, ys, "line"), ("measured", xs, torch.tensor(ys), "dots")]
    assert is_a_picture(pictures.lines(series, "title", "x", "y", log_x=log, log_y=log, width=340), 340)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ([(str(i), [1], [1], "line") for i in range(8)], "7 colours"),
        ([("loss", [1, 2], [1], "dots")], "2 xs but 1 ys"),
        ([("loss", [1], [1], "dashes")], "style"),
    ],
)
def test_charts_that_cannot_be_read_are_refused(series: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pictures.lines(series)


def test_chart_limits_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="limits"):
        pictures.lines([], y_limits=(1, 0))
    with pytest.raises(ValueError, match="positive"):
        pictures.lines([], x_limits=(0, 1), log_x=True)


# All of them

EVERY: dict[str, Callable[[Tensor], Tensor]] = {
    "signed": pictures.signed,
    "sequential": lambda x: pictures.sequential(x, 0, 1),
    "pixels": pictures.pixels,
    "units": pictures.units,
    "layers_as_pixels": lambda x: pictures.layers_as_pixels({"a": x}, x),
    "samples_by_layer": lambda x: pictures.samples_by_layer({"a": x}),
    "weighted_sum": lambda x: pictures.weighted_sum(x, x),
    "heatmap": pictures.heatmap,
    "lines": lambda x: pictures.lines([("a", x[0], x[1], "line")]),
}


@pytest.mark.parametrize("name", EVERY)
def test_drawing_changes_nothing_draws_no_random_number_and_repeats_itself(name: str) -> None:
    x = torch.linspace(-1, 1, 81).reshape(9, 9)
    x[1, 1] = math.nan
    before, state = x.clone(), torch.get_rng_state()
    first, second = EVERY[name](x), EVERY[name](x.requires_grad_())
    assert torch.equal(first, second) and first.dtype == torch.float32 and not second.requires_grad
    assert torch.equal(x.detach().nan_to_num(7), before.nan_to_num(7)) and torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", EVERY)
def test_drawing_ignores_the_default_device_and_dtype(name: str) -> None:
    x = torch.linspace(-1, 1, 81, device="cpu").reshape(9, 9)
    usual = EVERY[name](x)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"):
            assert torch.equal(EVERY[name](x), usual)
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_legend_shows_the_dots_over_the_band() -> None:
    both = pictures.lines([("law", [0, 1], [5, 6], "wide"), ("law", [0, 1], [5, 6], "dots")], height=60)
    legend = both[:, :15, :18]
    assert (legend == 0).all(0).any()  # the full colour of the dots, black, on the pale band
