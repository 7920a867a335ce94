"""Recording what flows through a model. The only package that registers a hook."""

from torchdemos.hooks.optimizer_steps import around_optimizer_steps as around_optimizer_steps
from torchdemos.hooks.parameter_gradients import before_accumulation as before_accumulation
from torchdemos.hooks.parameter_gradients import gradient_of as gradient_of
from torchdemos.hooks.parameter_gradients import gradients as gradients
from torchdemos.hooks.recording import hook_tape as hook_tape
from torchdemos.hooks.recording import record as record
from torchdemos.hooks.tape import Tape as Tape
