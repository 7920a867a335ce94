"""Training programs whose blocks hold something else than one pass, one loss and one step.

Each is a generator. It asks for its model to be observed, and after each block it says which gradients were due there:
by `torch.autograd.grad` or, where the block itself moves the weights, as it has them right before its last step.
"""

from programs import calls, losses, steps
from programs.due import Program

PROGRAMS: dict[str, Program] = {
    "accelerate, a block for each accumulated batch": steps.accelerate_accumulation,
    "PPO, a block for each iteration": steps.ppo,
    "DDPG, the actor at every second step": steps.ddpg,
    "SAM, first_step and second_step": steps.sam,
    "SAM, a closure": steps.sam_with_a_closure,
    "two steps on the same weights": steps.two_steps_on_the_same_weights,
    "several optimizers": steps.several_optimizers,
    "a step inside the backward pass": steps.step_in_backward,
    "training_step calls self.net": calls.training_step,
    "model.encode(x)": calls.encode,
    "LoRA": calls.lora,
    "frozen weights of a tensor subclass": calls.tensor_subclass,
    "frozen nn.TransformerEncoder in evaluation": calls.frozen_encoder,
    "MAML, torch.func.functional_call": calls.maml,
    "LayerDrop": calls.layer_drop,
    "a batch retried in halves after running out of memory": calls.retried_in_halves,
    "two losses, a backward pass each": losses.two_losses,
    "gradient penalty": losses.gradient_penalty,
    "gradient scaler that skips steps": losses.skipping_scaler,
    "an optimizer outside torch.optim": losses.weights_moved_by_hand,
}
