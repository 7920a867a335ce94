"""Sound runs that need a loop of their own: each with the share of its first cost below which it has learnt."""

from collections.abc import Callable
from functools import partial

from benchmarks.faultbench.control import actor_critic
from benchmarks.faultbench.gan import gan
from benchmarks.faultbench.training import Trained
from benchmarks.faultbench.variational import variational

Loops = dict[str, tuple[Callable[[int], Trained], float]]

HEALTHY: Loops = {
    "gan, a block each": (partial(gan, nested=False), 0.5),
    "gan, one block": (partial(gan, nested=True), 0.5),
    "gan of relu": (partial(gan, nested=False, leaky=False), 0.5),
    "actor and critic on one body": (partial(actor_critic, shared=True), 0.7),
    "actor beside critic": (partial(actor_critic, shared=False), 0.7),
    "ppo, actor beside critic": (partial(actor_critic, shared=False, epochs=4), 0.7),
    "variational": (variational, 0.8),
}
SICK_LOOKING: Loops = {
    "reinforce": (partial(actor_critic, shared=True, critic=0.0), 0.7),
    "reinforce, critic without a loss": (partial(actor_critic, shared=False, critic=0.0), 0.7),
    "ppo on one body": (partial(actor_critic, shared=True, epochs=4), 0.7),
    "variational, loss below zero": (partial(variational, spread=0.1), 0.8),
}
