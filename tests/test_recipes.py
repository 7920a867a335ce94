"""Every block of docs/recipes.md runs as it stands there, in each framework's own loop, if the framework is installed.

What a look should show is read by a hook on the optimizers of the same training without watch.
"""

import math
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
import torch
from reading import Log
from torch import Tensor, nn
from torch.optim import optimizer as optim
from torch.utils.data import DataLoader, TensorDataset

import torchdemos

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy keyword"),  # Keras and numpy 2
    pytest.mark.filterwarnings("ignore:no torch.optim optimizer took a step"),  # Keras, as the page says
]
PAGE = Path(__file__).parent.parent / "docs" / "recipes.md"
TOTAL = "2_grad_norm_summary/total"
BLOCKS = {
    title: re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for title, text in (part.split("\n", 1) for part in PAGE.read_text().split("\n## ")[1:])
}


class Recipe(NamedTuple):
    """The names that a block takes for granted, where the trained model is afterwards, and what its log should hold."""

    names: dict[str, Any]
    trained: Callable[[dict[str, Any]], nn.Module]
    log: str
    looks: list[int]
    updates: int = 1  # optimizer steps in one block
    tag: str = TOTAL


class Net(nn.Sequential):
    """A tenth of the outputs is dropped, so that a changed random state changes the weights."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(5, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))


def batches(samples: int = 96, size: int = 8) -> DataLoader[Any]:
    return DataLoader(TensorDataset(torch.randn(samples, 5), torch.randint(3, (samples,))), size)


def sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1)


def fastai(norms: list[float], folder: Path) -> Recipe:
    basics = pytest.importorskip("fastai.basics")
    optimizer = partial(basics.OptimWrapper, opt=torch.optim.AdamW)
    loaders = basics.DataLoaders(batches(), batches(16))
    learner = basics.Learner(loaders, Net(), nn.CrossEntropyLoss(), opt_func=optimizer, path=folder)
    learner.remove_cbs([callback for callback in learner.cbs if type(callback).__name__ == "ProgressCallback"])
    learner.logger = lambda line: None
    return Recipe({"learner": learner}, lambda names: learner.model, "logs/fastai", [0, 10, 20])


def ignite(norms: list[float], folder: Path) -> Recipe:
    pytest.importorskip("ignite")
    model = Net()
    names = {"model": model, "optimizer": sgd(model), "loss_fn": nn.CrossEntropyLoss(), "train_loader": batches()}
    return Recipe(names, lambda names: model, "logs/ignite", [0, 10, 20])


def skorch(norms: list[float], folder: Path) -> Recipe:
    library = pytest.importorskip("skorch")
    options = {"criterion": nn.CrossEntropyLoss, "lr": 0.1, "batch_size": 8, "max_epochs": 2, "verbose": 0}
    net = library.NeuralNetClassifier(Net, train_split=library.dataset.ValidSplit(4), **options)
    names = {"net": net, "inputs": torch.randn(128, 5).numpy(), "targets": (torch.arange(128) % 3).numpy()}
    return Recipe(names, lambda names: net.module_, "logs/skorch", [0, 10, 20])


def stable_baselines3(norms: list[float], folder: Path) -> Recipe:
    library = pytest.importorskip("stable_baselines3")
    sizes = {"n_steps": 64, "batch_size": 32, "n_epochs": 2, "policy_kwargs": {"net_arch": [8]}}
    model = library.PPO("MlpPolicy", "CartPole-v1", seed=0, device="cpu", **sizes)
    return Recipe({"model": model}, lambda names: model.policy, "logs/agent", [0, 10], updates=4)


def ultralytics(norms: list[float], folder: Path) -> Recipe:
    library = pytest.importorskip("ultralytics")
    image = pytest.importorskip("PIL.Image")
    for name in ("images", "labels"):
        (folder / name).mkdir()
    for i in range(6):
        image.new("RGB", (32, 32), (40 * i, 80, 120)).save(folder / "images" / f"{i}.png")
        (folder / "labels" / f"{i}.txt").write_text("0 0.5 0.5 0.4 0.4\n")
    data = folder / "data.yaml"
    data.write_text(f"path: {folder}\ntrain: images\nval: images\nnames: [thing]\n")
    small = {"imgsz": 32, "batch": 2, "nbs": 4, "warmup_epochs": 0, "epochs": 8, "workers": 0, "device": "cpu"}
    quiet = {"amp": False, "plots": False, "val": False, "save": False, "deterministic": False}
    quiet |= {"verbose": False, "project": str(folder)}
    yolo = library.YOLO("yolov5n.yaml")
    names = {"yolo": yolo, "settings": {"data": str(data), **small, **quiet}}
    return Recipe(names, lambda names: yolo.trainer.model, "logs/yolo", [0, 10])


def keras(norms: list[float], folder: Path) -> Recipe:
    library = pytest.importorskip("keras")
    if library.backend.backend() != "torch":
        pytest.skip("Keras runs on another backend")
    library.utils.set_random_seed(0)

    class SGD(library.optimizers.SGD):  # type: ignore[misc, name-defined]
        def apply(self, grads: list[Tensor], trainable_variables: Any = None) -> None:
            norms.append(total(grads))
            super().apply(grads, trainable_variables)

    parts = library.layers.Dense(8, activation="relu"), library.layers.Dropout(0.1), library.layers.Dense(3)
    model = library.Sequential([library.layers.Input((5,)), *parts])
    model.compile(SGD(0.1), library.losses.SparseCategoricalCrossentropy(from_logits=True))
    names = {"model": model, "inputs": torch.randn(96, 5).numpy(), "targets": (torch.arange(96) % 3).numpy()}
    return Recipe(names, lambda names: names["layers"], "logs/keras", [0, 10, 20], tag=f"{TOTAL}_added")


def accelerate(norms: list[float], folder: Path) -> Recipe:
    pytest.importorskip("accelerate")
    model = Net()
    names = {"model": model, "optimizer": sgd(model), "loss_fn": nn.CrossEntropyLoss(), "train_loader": batches(80)}
    return Recipe(names, lambda names: model, "logs/accelerate", [0, 2, 4])  # ten batches: groups of 4, 4 and 2


class Agent(nn.Module):
    """As in CleanRL's ppo.py: nobody calls the agent itself."""

    def __init__(self) -> None:
        super().__init__()
        self.critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        self.actor = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))

    def get_action_and_value(self, x: Tensor, action: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        policy = torch.distributions.Categorical(logits=self.actor(x))
        return action, policy.log_prob(action), policy.entropy(), self.critic(x)


def cleanrl(norms: list[float], folder: Path) -> Recipe:
    agent = Agent()
    names = {"agent": agent, "optimizer": sgd(agent), "update_epochs": 3, "minibatch_size": 8}
    names |= {"observations": torch.randn(32, 4), "actions": torch.randint(2, (32,)), "returns": torch.randn(32)}
    names |= {"advantages": torch.randn(32), "old_log_prob": torch.full((32,), math.log(0.5))}
    return Recipe(names, lambda names: agent, "logs/ppo", [0, 10])


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(5, 2), nn.Linear(2, 5)

    def encode(self, x: Tensor) -> Tensor:
        return torch.tanh(self.encoder(x))

    def decode(self, code: Tensor) -> Tensor:
        return self.decoder(code)  # type: ignore[no-any-return]


def other_methods(norms: list[float], folder: Path) -> Recipe:
    model = Autoencoder()
    names = {"autoencoder": model, "optimizer": sgd(model), "train_loader": batches()}
    return Recipe(names, lambda names: model, "logs/autoencoder", [0, 10])


RECIPES: dict[str, Callable[[list[float], Path], Recipe]] = {
    "fastai": fastai,
    "Ignite": ignite,
    "skorch": skorch,
    "Stable-Baselines3": stable_baselines3,
    "Ultralytics": ultralytics,
    "Keras": keras,
    "Accelerate": accelerate,
    "CleanRL": cleanrl,
    "Networks that are called through other methods": other_methods,
}


class Unwatched:
    """Stands in for `watch` and does nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None: ...

    def __call__(self, step: int) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None: ...

    def begin(self, step: int) -> None: ...

    def end(self) -> None: ...

    def cancel(self) -> None: ...


def total(gradients: Any) -> float:
    return math.sqrt(sum(gradient.double().square().sum().item() for gradient in gradients))


class Ran(NamedTuple):
    names: dict[str, Any]
    recipe: Recipe
    norms: list[float]  # of all gradients together, as each optimizer step took them

    @property
    def model(self) -> nn.Module:
        return self.recipe.trained(self.names)

    def bits(self) -> list[bytes]:
        tensors = [*self.model.state_dict().values(), torch.get_rng_state()]
        return [tensor.detach().numpy().tobytes() for tensor in tensors]


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Ran]]:
    """Prepare a recipe in an empty folder; its gradients are noted from then on."""
    handles = []
    variables = {"KERAS_BACKEND": "torch", "YOLO_OFFLINE": "true", "YOLO_VERBOSE": "false"}
    for name, value in {**variables, "YOLO_CONFIG_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    def prepare(title: str) -> Ran:
        folder = tmp_path / str(len(handles))
        folder.mkdir()
        monkeypatch.chdir(folder)
        torch.manual_seed(0)
        norms: list[float] = []
        recipe = RECIPES[title](norms, folder)

        def note(optimizer: Any, *arguments: Any) -> None:
            held = [p for group in optimizer.param_groups for p in group["params"]]
            norms.append(total(p.grad for p in held if p.grad is not None))

        handles.append(optim.register_optimizer_step_post_hook(note))
        return Ran({"torch": torch, **recipe.names}, recipe, norms)

    yield prepare
    for handle in handles:
        handle.remove()


def run(title: str, ran: Ran, options: str = "") -> Ran:
    """Execute a recipe, perhaps with more options for `watch`."""
    torch.manual_seed(1)
    block = BLOCKS[title][0].replace(f'"{ran.recipe.log}"', f'"{ran.recipe.log}"{options}')
    exec(compile(block, title, "exec"), ran.names)
    return ran


def hooks_left(model: nn.Module) -> list[Any]:
    outputs = [hook for module in model.modules() for hook in module._forward_hooks.values()]
    gradients = [hook for p in model.parameters() for hook in (p._backward_hooks or {}).values()]
    return [*outputs, *gradients, *optim._global_optimizer_pre_hooks.values()]


@pytest.mark.parametrize("title", RECIPES)
def test_training_ends_in_the_same_bits_and_looks_show_what_the_optimizer_took(
    title: str, ready: Callable[[str], Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = run(title, ready(title))
    found = Log(Path(watched.recipe.log).absolute())
    monkeypatch.setattr(torchdemos, "watch", Unwatched)
    unwatched = run(title, ready(title))
    assert watched.bits() == unwatched.bits() and hooks_left(watched.model) == []
    looks, updates = watched.recipe.looks, watched.recipe.updates
    assert found.steps(watched.recipe.tag) == looks
    expected = [math.log10(unwatched.norms[(step + 1) * updates - 1]) for step in looks]
    assert found.values(watched.recipe.tag) == pytest.approx(expected, abs=1e-4)
    assert any(tag.startswith("2_grad_norm_log10/") for tag in found.tags())
    assert not [tag for tag in found.tags() if "#" in tag]


@pytest.mark.parametrize("title", [title for title in RECIPES if "begin" in BLOCKS[title][0]])
def test_an_exception_amid_a_step_leaves_nothing_attached(
    title: str, ready: Callable[[str], Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = []

    def fail(*arguments: Any, **options: Any) -> None:
        attached.extend(optim._global_optimizer_pre_hooks.values())
        raise ZeroDivisionError

    ran = ready(title)
    monkeypatch.setattr(Tensor, "backward", fail)
    with pytest.raises(ZeroDivisionError):
        run(title, ran)
    assert attached and hooks_left(ran.model) == []


def test_an_optimizer_of_fastais_own_is_not_seen_but_what_backward_added_is(ready: Callable[[str], Ran]) -> None:
    ran = ready("fastai")
    ran.names["learner"].opt_func = pytest.importorskip("fastai.optimizer").Adam
    log = Log(Path(run("fastai", ran).recipe.log))
    assert log.steps(f"{TOTAL}_added") == [0, 10, 20] and TOTAL not in log.tags() and ran.norms == []


def test_a_fastai_look_that_ends_accumulated_batches_shows_the_gradient_of_all(ready: Callable[[str], Ran]) -> None:
    ran = ready("fastai")
    ran.names["learner"].add_cb(pytest.importorskip("fastai.callback.training").GradientAccumulation(32))
    log = Log(Path(run("fastai", ran, ", when=lambda step: step % 8 == 3").recipe.log))
    assert log.steps(TOTAL) == [3, 11, 19]
    assert [10**value for value in log.values(TOTAL)] == pytest.approx([ran.norms[i] for i in (0, 2, 4)], rel=1e-4)


def test_an_agent_is_looked_at_once_it_learns(ready: Callable[[str], Ran]) -> None:
    ran = ready("Stable-Baselines3")
    library = pytest.importorskip("stable_baselines3")
    sizes = {"learning_starts": 960, "batch_size": 16, "policy_kwargs": {"net_arch": [8]}}
    ran.names["model"] = library.SAC("MlpPolicy", "Pendulum-v1", seed=0, device="cpu", **sizes)
    log = Log(Path(run("Stable-Baselines3", ran, ', layers=["actor*", "critic.*"]').recipe.log))
    assert log.steps("5_parameter_grad_norm_log10/critic.qf0.0.weight") == [0, 10, 20, 30]
    assert not [tag for tag in log.tags() if "critic_target" in tag]


def test_every_recipe_is_run() -> None:
    assert {title: len(blocks) for title, blocks in BLOCKS.items() if blocks} == dict.fromkeys(RECIPES, 1)
