"""Recording what flows through a model. The only package that registers a hook."""

from torchdemos.hooks.recording import Tape as Tape
from torchdemos.hooks.recording import gradients as gradients
from torchdemos.hooks.recording import hold_gradients as hold_gradients
from torchdemos.hooks.recording import record as record
from torchdemos.hooks.recording import recording as recording
