"""Several blocks to a step, several steps to a block."""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Adam, AdamW

from programs.due import Due, Gradients, Observe, batches, held, of
from programs.models import Agent, mlp
from programs.sharpness_aware import SAM


def accelerate_accumulation(observe: Observe) -> Iterator[Due]:
    from accelerate import Accelerator

    accelerator, module = Accelerator(cpu=True, gradient_accumulation_steps=3), mlp()
    model, optimizer = accelerator.prepare(module, SGD(module.parameters(), lr=0.1, momentum=0.9))
    around, shares = observe(model), []
    for step, x, y in batches(6):
        shares.append(of(cross_entropy(model(x), y) / 3, module))
        with around(step), accelerator.accumulate(model):
            accelerator.backward(cross_entropy(model(x), y))
            optimizer.step()
            optimizer.zero_grad()
        whole = {name: sum(share[name] for share in shares[-3:]) for name in shares[-1]}
        yield Due(taken=whole) if step % 3 == 2 else Due(added=shares[-1])


def ppo(observe: Observe) -> Iterator[Due]:
    """A block for each iteration: a rollout, then epochs of minibatches."""
    agent = Agent()
    around, optimizer = observe(agent), Adam(agent.parameters(), lr=0.01)
    for iteration in range(3):
        x = torch.randn(16, 6)
        with around(iteration):
            with torch.no_grad():
                rollout = [agent.get_action_and_value(part) for part in x.chunk(8)]
                returns = agent.get_value(x).flatten() + torch.randn(16)
            actions, before = (torch.cat([step[i] for step in rollout]) for i in range(2))
            for part in torch.randperm(16).chunk(4) + torch.randperm(16).chunk(4):
                _, chance, entropy, value = agent.get_action_and_value(x[part], actions[part])
                ratio, advantage = (chance - before[part]).exp(), returns[part] - value.detach().flatten()
                gain = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
                loss = mse_loss(value.flatten(), returns[part]) - gain.mean() - 0.01 * entropy.mean()
                optimizer.zero_grad()
                loss.backward()
                clip_grad_norm_(agent.parameters(), 0.5)
                due = held(agent)
                optimizer.step()
        yield Due(due)


def ddpg(observe: Observe) -> Iterator[Due]:
    """The actor trains at every second step, and its loss leaves gradients on the critic after the critic's step."""
    agent = nn.ModuleDict({"critic": nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)), "actor": mlp(2)})
    target, around = copy.deepcopy(agent), observe(agent)
    critics, actors = SGD(agent["critic"].parameters(), lr=0.1), SGD(agent["actor"].parameters(), lr=0.1)

    def value(of: nn.ModuleDict, x: Tensor, action: Tensor) -> Tensor:
        return of["critic"](torch.cat([x, action], 1))

    def critics_loss(x: Tensor, action: Tensor, following: Tensor) -> Tensor:
        with torch.no_grad():
            goal = 1 + 0.9 * value(target, following, target["actor"](following))
        return mse_loss(value(agent, x, action), goal)

    for step, x, _ in batches(5):
        action, following = torch.randn(8, 2), torch.randn(8, 6)
        due = of(critics_loss(x, action, following), agent)
        with around(step):
            critics.zero_grad()
            critics_loss(x, action, following).backward()
            critics.step()
            if step % 2 == 0:
                actors.zero_grad()
                (-value(agent, x, agent["actor"](x)).mean()).backward()
                due = {**due, **{name: g for name, g in held(agent).items() if name.startswith("actor")}}
                actors.step()
        yield Due(due)


def sam(observe: Observe) -> Iterator[Due]:
    model = mlp()
    around, optimizer = observe(model), SAM(model.parameters(), lambda groups: SGD(groups, lr=0.1, momentum=0.9))
    for step, x, y in batches(4):
        due = at_the_worst_place(model, x, y)
        with around(step):
            cross_entropy(model(x), y).backward()
            optimizer.first_step()
            cross_entropy(model(x), y).backward()
            optimizer.second_step()
        yield Due(due)


def sam_with_a_closure(observe: Observe) -> Iterator[Due]:
    model = mlp()
    around, optimizer = observe(model), SAM(model.parameters(), lambda groups: SGD(groups, lr=0.1))
    for step, x, y in batches(4):
        due = at_the_worst_place(model, x, y)
        with around(step):
            optimizer.step(lambda x=x, y=y: cross_entropy(model(x), y).backward())
        yield Due(due)


def at_the_worst_place(model: nn.Module, x: Tensor, y: Tensor, rho: float = 0.05) -> Gradients:
    here = of(cross_entropy(model(x), y), model)
    size = torch.stack([gradient.norm() for gradient in here.values()]).norm()
    there = {name: p + rho / size * here[name] for name, p in model.named_parameters()}
    return of(cross_entropy(functional_call(model, there, (x,)), y), there)


def two_steps_on_the_same_weights(observe: Observe) -> Iterator[Due]:
    """One optimizer climbs, another goes down from there."""
    model = mlp()
    around = observe(model)
    up, down = SGD(model.parameters(), lr=0.05, maximize=True), AdamW(model.parameters(), lr=0.01)
    for step, x, y in batches(4):
        here = of(cross_entropy(model(x), y), model)
        there = {name: p + 0.05 * here[name] for name, p in model.named_parameters()}
        due = of(cross_entropy(functional_call(model, there, (x,)), y), there)
        with around(step):
            for optimizer in (up, down):
                optimizer.zero_grad()
                cross_entropy(model(x), y).backward()
                optimizer.step()
        yield Due(due)


def several_optimizers(observe: Observe) -> Iterator[Due]:
    """One for matrices and one for the rest, as with Muon."""
    model = mlp()
    around, matrices = observe(model), [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    optimizers = SGD(matrices, lr=0.1, momentum=0.9, nesterov=True), AdamW(rest, lr=0.01)
    for step, x, y in batches(4):
        due = of(cross_entropy(model(x), y), model)
        with around(step):
            cross_entropy(model(x), y).backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
        yield Due(due)


def step_in_backward(observe: Observe) -> Iterator[Due]:
    """An optimizer for each parameter, which steps as soon as the gradient is there."""
    model = mlp()
    around, optimizers = observe(model), {p: SGD([p], lr=0.1, momentum=0.9) for p in model.parameters()}

    def step_at_once(parameter: Tensor) -> None:
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(step_at_once)
    for step, x, y in batches(4):
        due = of(cross_entropy(model(x), y), model)
        with around(step):
            cross_entropy(model(x), y).backward()
        yield Due(due)
