"""Every block of docs/your_own_model.md runs as it stands there."""

import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from patience import OF_PROCESSES
from reading import Log
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from torchdemos import watch

PAGE = Path(__file__).parent.parent / "docs" / "your_own_model.md"
NORM = "2_grad_norm_log10"


def sections() -> dict[str, str]:
    """{heading: its one block}, of those that have one."""
    found = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        title, text = section.split("\n", 1)
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            assert title not in found, f"{title} has two blocks, and one is never run"
            found[title] = block
    return found


SECTIONS = sections()


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 8), nn.ReLU())
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.encoder(x)), dim=1)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


def run(title: str, **more: Any) -> dict[str, Any]:
    """Execute a section's block where the names that the page takes for granted exist."""
    torch.manual_seed(0)
    model = Net()
    names = {
        "torch": torch,
        "nn": nn,
        "watch": watch,
        "Net": Net,
        "model": model,
        "device": torch.device("cpu"),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "train_loader": DataLoader(TensorDataset(torch.randn(96, 5), torch.randint(3, (96,))), 8),
        "test": lambda model, device: model(torch.full((8, 5), 1e6)),
    }
    names |= more
    exec(compile(SECTIONS[title], title, "exec"), names)
    return names


def steps(folder: str, tag: str = f"{NORM}/00_encoder.0") -> list[int]:
    return Log(Path(folder)).steps(tag)


def test_a_loop_of_your_own() -> None:
    run("A loop of your own")
    assert steps("logs/mine") == [0, 10, 20]
    assert max(Log(Path("logs/mine")).values("3_activation_abs_max/00_encoder.0")) < 100


def test_the_loss() -> None:
    names = run("The loss")
    log = Log(Path("logs/with_loss"))
    assert log.steps("1_overview/loss") == [0, 10]
    assert log.values("1_overview/loss")[1] == pytest.approx(names["around"].last.loss)


def test_a_notebook() -> None:
    names = run("A notebook")
    with pytest.warns(UserWarning, match="logs/cell_2"):
        exec(SECTIONS["A notebook"], names)
    assert steps("logs/cell") == steps("logs/cell_2") == [0, 10]
    assert not any(module._forward_hooks for module in names["model"].modules())


def test_after_a_checkpoint() -> None:
    names = run("After a checkpoint")
    exec(SECTIONS["After a checkpoint"].replace("start = 5", "start = 11"), names)
    assert steps("logs/mine") == [10, 20]
    assert [path.name for path in Path("logs").iterdir()] == ["mine"]


def test_alerts() -> None:
    nan = [(torch.full((8, 5), math.nan), torch.zeros(8, dtype=torch.long))]
    told = run("Alerts", train_loader=nan)["told"]
    assert [finding.kind for finding in told] == ["not finite"]


def test_the_steps_before_it_happened() -> None:
    def loader() -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(15):
            yield torch.randn(8, 5), torch.randint(3, (8,))
        raise OSError("the disk with the data is gone")

    with pytest.raises(OSError, match="gone"):
        run("The steps before it happened", train_loader=loader())
    assert sorted(steps("logs/recorded")) == list(range(15))


def test_neuron_by_neuron_and_a_report() -> None:
    run("Neuron by neuron, and a report")
    page = Path("mine.html").read_text()
    assert "Is mine healthy?" in page and "Neuron by neuron" in page and "encoder.0" in page


def test_one_look_by_hand() -> None:
    tape = run("One look by hand")["tape"]
    assert tape.outputs["head"].shape == tape.gradients["head"].shape == (8, 3) and tape.silent == []


def test_a_writer_you_already_have() -> None:
    run("A writer you already have")
    assert steps("runs/mine") == [0, 10] and len(steps("runs/mine", "loss")) == 12
    assert len(list(Path("runs/mine").iterdir())) == 1


def test_another_logger() -> None:
    run("Another logger")
    lines = Path("looks.csv").read_text().splitlines()
    assert not Path("logs").exists()
    assert lines[0].startswith("step,activations/") and "gradients/head/norm" in lines[0]
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "10"]


def test_some_of_the_layers() -> None:
    """The block only creates watches: each sees in one step what the page says."""
    seen = []

    def watch_and_step(model: nn.Module, *args: Any, **options: Any) -> None:
        around = watch(model, *args, **options)
        with around(0):
            model(torch.randn(2, 5)).sum().backward()
        assert around.last is not None
        seen.append(list(around.last.activations))

    run("Some of the layers", watch=watch_and_step)
    both = ["encoder.0", "head"]
    assert seen == [["encoder.0", "encoder.1"], both, both, ["encoder.0"]]


@pytest.mark.filterwarnings("ignore:.*does not have many workers")
@pytest.mark.filterwarnings("ignore:The number of training batches .* is smaller than the logging interval")
@pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning")  # Lightning 2.6
def test_lightning() -> None:
    library = pytest.importorskip("lightning.pytorch")

    class Module(library.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.net = Net()

        def training_step(self, batch: list[Tensor]) -> Tensor:
            return nn.functional.nll_loss(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    run("Lightning", lightning_module=Module())
    assert steps("lightning_logs/version_0", f"{NORM}/00_net.encoder.0") == [0]


@pytest.mark.filterwarnings("ignore:'pin_memory' argument is set")  # the Trainer, where there is no accelerator
def test_hugging_face_trainer() -> None:
    library = pytest.importorskip("transformers")
    config = library.BertConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        vocab_size=20,
        max_position_embeddings=8,
    )
    example = {"input_ids": torch.arange(6), "labels": torch.tensor(1)}
    bert = library.BertForSequenceClassification(config)
    run("Hugging Face Trainer", hugging_face_model=bert, dataset=[example] * 16)
    (folder,) = Path("out/runs").glob("*/watch")
    assert steps(str(folder), f"{NORM}_abs_max/00_bert.embeddings.word_embeddings") == [0]


def test_gradient_accumulation() -> None:
    run("Gradient accumulation")
    assert steps("logs/accumulated") == [0]
    assert not [tag for tag in Log(Path("logs/accumulated")).tags() if "#" in tag]


def test_padded_batches() -> None:
    torch.manual_seed(0)
    tagger = nn.Sequential(nn.Embedding(20, 4), nn.Linear(4, 3))
    with torch.no_grad():
        tagger[0].weight[0] = 1e6  # the padding
    optimizer = torch.optim.SGD(tagger.parameters(), lr=0.1)
    tokens = torch.randint(20, (12, 8, 5))
    batches = list(zip(tokens, tokens % 3, strict=True))
    run("Padded batches", tagger=tagger, tagger_optimizer=optimizer, token_loader=batches)
    assert steps("logs/padded", f"{NORM}/00_0") == [0, 10]
    assert max(Log(Path("logs/padded")).values("3_activation_abs_max/01_1")) < 100


def test_mixed_precision() -> None:
    run("Mixed precision")
    assert steps("logs/mixed") == [0, 10]
    assert -3 < Log(Path("logs/mixed")).values(f"{NORM}/00_encoder.0")[0] < 0  # 65,536 times as much with the scale


def test_two_models() -> None:
    generator, discriminator = nn.Sequential(nn.Linear(3, 2)), nn.Sequential(nn.Linear(2, 1))
    optimizers = {
        f"{name}_optimizer": torch.optim.SGD(model.parameters(), lr=0.1)
        for name, model in (("generator", generator), ("discriminator", discriminator))
    }
    models = {"generator": generator, "discriminator": discriminator}
    bce = nn.functional.binary_cross_entropy_with_logits
    run("Two models", **models, **optimizers, bce=bce, real_loader=torch.randn(12, 8, 2))
    for model in models:
        assert steps("logs/gan", f"{model}_{NORM}/00_0") == [0, 10]


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="torch.compile needs a C++ compiler")
def test_torch_compile() -> None:
    with pytest.warns(UserWarning, match="watch saw no layer's output"):
        run("torch.compile")
    assert steps("logs/compiled", "5_parameter_grad_norm_log10/encoder.0.weight") == [0, 10]


def test_several_processes() -> None:
    Path("train.py").write_text(SECTIONS["Several processes"])
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py"]
    threads = {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=OF_PROCESSES, env=os.environ | threads)
    assert ran.returncode == 0, ran.stderr
    assert os.listdir("logs") == ["distributed"]
    assert steps("logs/distributed", f"{NORM}/00_0") == [0, 10, 20]


def test_what_a_log_costs(capsys: pytest.CaptureFixture[str]) -> None:
    def costs(lines: str) -> dict[str, float]:
        return {name: float(kilobytes) for name, kilobytes in re.findall(r"^(.+): ([\d.]+) KB a look$", lines, re.M)}

    torch.manual_seed(0)
    run("What a log costs")
    measured = costs(capsys.readouterr().out)
    assert len(measured) == 5 and measured == pytest.approx(costs(PAGE.read_text()), rel=0.1)


def test_the_page_has_no_section_that_no_test_runs() -> None:
    assert {function[5:].replace("_", " ") for function in globals() if function.startswith("test_")} >= {
        re.sub(r"\W+", " ", title).lower() for title in SECTIONS
    }
