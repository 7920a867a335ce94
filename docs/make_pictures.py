"""Make the pictures of README from two fresh runs: `python docs/make_pictures.py` (about half a minute)."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from torchdemos import data
from torchdemos.board import Board, tags
from torchdemos.demos import gradient_flow, neurons
from torchdemos.demos.configs import GradientFlow, Neurons

HERE = Path(__file__).parent


def last_picture(run: Path, tag: str) -> Image.Image:
    """The picture of the last step, as TensorBoard shows it."""
    events = EventAccumulator(str(run), size_guidance={"images": 0})
    events.Reload()
    return Image.open(io.BytesIO(events.Images(tag)[-1].encoded_image_string))


def joined(pictures: list[Image.Image], down: bool = False, gap: int = 16) -> Image.Image:
    """Pictures side by side, or one above the other, on white."""
    widths, heights = [picture.width for picture in pictures], [picture.height for picture in pictures]
    gaps = gap * (len(pictures) - 1)
    size = (max(widths), sum(heights) + gaps) if down else (sum(widths) + gaps, max(heights))
    page, place = Image.new("RGB", size, "white"), 0
    for picture in pictures:
        page.paste(picture, (0, place) if down else (place, 0))
        place += (picture.height if down else picture.width) + gap
    return page


def main() -> None:
    digits = data.load()
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Board(folder / "flow") as board:
            gradient_flow.run(GradientFlow(), board, digits)
        with Board(folder / "neurons") as board:
            neurons.run(Neurons(), board, digits)
        starts = [folder / "flow" / start.name for start in gradient_flow.TRAINED]
        joined([last_picture(run, tags.GRADIENT_HEATMAP) for run in starts]).save(HERE / "gradient_flow.png")
        cnn, mlp = folder / "neurons" / "0_cnn", folder / "neurons" / "1_mlp"
        right = [last_picture(mlp, tag) for tag in (tags.TEN_DIGITS, tags.BY_HAND, tags.TEMPLATES)]
        joined([last_picture(cnn, tags.ONE_DIGIT), joined(right, down=True)]).save(HERE / "neurons.png")


if __name__ == "__main__":
    main()
