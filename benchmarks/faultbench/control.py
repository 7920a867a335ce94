"""An actor and a critic learn to bring a point to the middle of a line and keep it there."""

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F

from benchmarks.faultbench.training import Trained
from benchmarks.faultbench.watching import watched
from torchdemos import watch

STEPS, POINTS, HORIZON, DISCOUNT = 150, 64, 8, 0.9
MOVES = torch.tensor([-0.25, 0.0, 0.25])


class ActorCritic(nn.Module):
    """Both on one body, or each on its own."""

    def __init__(self, shared: bool) -> None:
        super().__init__()
        self.body = self.other_body = body()
        if not shared:
            self.other_body = body()
        self.policy, self.value = nn.Linear(32, 3), nn.Linear(32, 1)

    def forward(self, state: Tensor) -> tuple[Categorical, Tensor]:
        return Categorical(logits=self.policy(self.body(state))), self.value(self.other_body(state))[:, 0]


def body() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())


def actor_critic(seed: int, shared: bool, critic: float = 0.5, epochs: int = 1) -> Trained:
    """Policy gradients with the critic as baseline; `epochs` on one batch make it PPO, no `critic` REINFORCE."""
    torch.manual_seed(seed)
    model = ActorCritic(shared)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    around = watch(model, alert=None)
    before = cost(model)

    def step(i: int) -> None:
        states, actions, returns = played(model)
        with torch.no_grad():
            old, values = model(states)
            advantages = returns - (values if critic else returns.mean())
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-6)
        with around(i):
            for _ in range(epochs):
                optimizer.zero_grad()
                policy, values = model(states)
                ratio = (policy.log_prob(actions) - old.log_prob(actions)).exp()
                gain = torch.minimum(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages).mean()
                loss = -gain - 0.01 * policy.entropy().mean()
                if critic:
                    loss = loss + critic * F.mse_loss(values, returns)
                loss.backward()
                optimizer.step()
            around.loss(loss)

    seen = watched({"*": around}, STEPS, step)
    return Trained(seen, cost(model) / before)


def played(model: nn.Module) -> tuple[Tensor, Tensor, Tensor]:
    """States, actions and discounted returns of many points at once."""
    place, states, actions, rewards = torch.rand(POINTS) * 2 - 1, [], [], []
    for i in range(HORIZON):
        state = torch.stack([place, torch.full_like(place, i / HORIZON)], 1)
        with torch.no_grad():
            action = model(state)[0].sample()
        place = (place + MOVES[action]).clamp(-1.5, 1.5)
        states.append(state)
        actions.append(action)
        rewards.append(-place.abs())
    returns, following = [], torch.zeros(POINTS)
    for reward in reversed(rewards):
        following = reward + DISCOUNT * following
        returns.append(following)
    return torch.cat(states), torch.cat(actions), torch.cat(returns[::-1])


def cost(model: nn.Module) -> float:
    """How much of the way from the middle is lost in a game, on average."""
    return -sum(float(played(model)[2][:POINTS].mean()) for _ in range(5)) / 5
