"""Recording what flows through a model. The only package that registers a hook."""

from torchdemos.hooks.parameter_gradients import gradients as gradients
from torchdemos.hooks.parameter_gradients import hold_gradients as hold_gradients
from torchdemos.hooks.recording import attached as attached
from torchdemos.hooks.recording import record as record
from torchdemos.hooks.tape import Tape as Tape
