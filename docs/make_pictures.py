"""Make every picture of README and of the pages here: `python docs/make_pictures.py` runs all five demos, some minutes.

With the folder of a run that has ended, `python docs/make_pictures.py LOGDIR`, nothing runs: the pictures come from
its log. The screenshots need the extra `browser` and an installed Chromium; `--moving` makes the moving pictures alone.
"""

import argparse
import io
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import moving_picture
import screenshots
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from torchdemos.view import events

HERE = Path(__file__).parent
# File -> its columns from left to right. Each picture is (run, tag), at its last step in the log.
COLUMNS = {
    "neurons": [
        [("neurons/0_cnn", "1_neurons")],
        [("neurons/1_mlp", tag) for tag in ("2_ten_digits", "4_one_neuron_by_hand", "5_weights_as_pictures")],
    ],
    "learning_rate": [
        [("learning_rate", "1_ladder")],
        [("learning_rate", "3_loss_by_learning_rate")],
        [("learning_rate", "4_edge_of_stability")],
    ],
    "initialization": [
        [("initialization", "0_loss_by_start")],
        [("initialization", "1_signal_layers_x_starts")],
        [("initialization", "4_loss_at_22_and_30_layers")],
    ],
    "loss": [
        [("loss", "1_losses_and_floors")],
        [("loss", "3_gradient_by_logit")],
        [("loss", "4_learning_slowdown")],
    ],
    "gradient_flow": [
        [(f"gradient_flow/{run}", "1_gradient_layers_x_steps")] for run in ("0_vanish", "1_flow", "2_explode")
    ],
}

MOVING = {  # page -> the demo whose answer it moves by
    "what_is_a_neuron": "neurons",
    "what_does_the_learning_rate_do": "learning_rate",
    "how_are_weights_initialized": "initialization",
    "what_is_loss": "loss",
    "what_is_the_chain_rule": "gradient_flow",
}


def last_picture(run: Path, tag: str) -> Image.Image:
    """The picture of the last step, as TensorBoard shows it."""
    events = EventAccumulator(str(run), size_guidance={"images": 0})
    events.Reload()
    return Image.open(io.BytesIO(events.Images(f"4_pictures/{tag}")[-1].encoded_image_string))


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


def keep_moving_pictures(folder: Path) -> None:
    for page, demo in MOVING.items():
        moving_picture.keep(page, events.runs(folder / demo)["."].answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", type=Path, metavar="LOGDIR", help="a folder that `torchdemos all` wrote")
    parser.add_argument("--moving", action="store_true", help="only the moving pictures of the site")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = given.run or Path(scratch) / "all"
        if not folder.exists():
            subprocess.run([sys.executable, "-m", "torchdemos", "all", "--log-dir", str(folder)], check=True)
        keep_moving_pictures(folder)
        if given.moving:
            return
        for name, columns in COLUMNS.items():
            drawn = [joined([last_picture(folder / run, tag) for run, tag in column], down=True) for column in columns]
            joined(drawn).save(HERE / f"{name}.png")
        screenshots.take(folder, HERE)


if __name__ == "__main__":
    main()
