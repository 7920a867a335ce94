"""What `docs/compatibility.md` claims of a single step, found out without asking torchdemos."""

import copy
import gc
import re
import weakref
from collections import defaultdict
from typing import Any

from passes import Output, Passes, losses, tensors, watched_pass
from specimens import Specimen
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from verdict import Verdict, count, only_new_objects, same

from torchdemos.hooks import Tape

TOLERANCE = 1e-6
OVERWRITTEN = "a view that the next layer overwrites in place"


def recorded(passes: Passes) -> Verdict:
    """Every call of every layer is on the tape, with exactly its values."""
    verdict, on_tape = Verdict(), by_call(passes.tape)
    for call, outputs in passes.truth.items():
        keys = on_tape.pop(call, [])
        if not outputs:
            count(verdict.gaps, "output without a tensor")
        if len(keys) != len(outputs):
            verdict.faults.append(f"{call} put out {len(outputs)} tensors, on the tape are {keys}")
        for key, output in zip(keys, outputs, strict=False):
            verdict.right += same(passes.tape.outputs[key], output.value)
            if not same(passes.tape.outputs[key], output.value):
                verdict.faults.append(f"{key} has other values than the layer put out")
        verdict.of += len(outputs)
    verdict.faults += [f"{keys} on the tape never happened" for keys in on_tape.values()]
    return verdict


def gradients(passes: Passes) -> Verdict:
    """Every gradient on the tape is autograd's own, and where it has none the tape has none."""
    verdict, on_tape = Verdict(), by_call(passes.tape)
    for call, outputs in passes.truth.items():
        for key, output in zip(on_tape.get(call, []), outputs, strict=False):
            found, expected = passes.tape.gradients.get(key), output.gradient
            if expected is None:
                count(verdict.gaps, why_none(output))
                verdict.of += why_none(output) == OVERWRITTEN
                if found is not None:
                    verdict.faults.append(f"{key} has a gradient where autograd has none")
                continue
            verdict.of += 1
            if found is not None and close(found, expected):
                verdict.right += 1
                count(verdict.gaps, "equal within rounding only", not same(found, expected))
            else:
                verdict.faults.append(f"{key}: " + ("no gradient" if found is None else difference(found, expected)))
    return verdict


def why_none(output: Output) -> str:
    if not (output.value.is_floating_point() or output.value.is_complex()):
        return "no gradient exists: integers"
    if output.edge is None:
        return "no gradient exists: computed without a graph"
    if output.tensor._is_view() and output.tensor.grad_fn is not output.edge.node:
        return OVERWRITTEN
    return "no gradient exists: the loss does not use it"


def by_call(tape: Tape) -> dict[tuple[str, int], list[str]]:
    """The keys of a tape by layer and number of the call: `relu`, `relu#2`, ..."""
    found = defaultdict(list)
    for key in tape.outputs:
        layer = tape.layers[key]
        number = re.match(r"#(\d+)", key.removeprefix(layer))
        found[layer, int(number[1]) if number else 1].append(key)
    return dict(found)


def close(a: Tensor, b: Tensor) -> bool:
    return same(a, b) or (a.shape == b.shape and float((a - b).norm() / b.norm()) < TOLERANCE)


def difference(a: Tensor, b: Tensor) -> str:
    return f"shape {a.shape}, not {b.shape}" if a.shape != b.shape else f"{float((a - b).norm() / b.norm()):.1e} off"


# Nothing is left


def nothing_left(specimen: Specimen, model: nn.Module) -> Verdict:
    """Hooks, attributes, names and flags are as before, and no more outputs are alive than without `record`."""
    model = copy.deepcopy(model)
    with only_new_objects():
        unwatched, own = survivors(specimen, model, watched=False), traces(model)
        watched, found = survivors(specimen, model, watched=True), traces(model)
    verdict = Verdict((found == own) + (watched <= unwatched), 2)
    verdict.faults += ["something is left on the model"] if found != own else []
    verdict.faults += [f"{watched - unwatched} outputs are still alive"] if watched > unwatched else []
    return verdict


def survivors(specimen: Specimen, model: nn.Module, watched: bool) -> int:
    """How many outputs of layers are alive after the step."""
    outputs: list[weakref.ref[Tensor]] = []
    handle = register_module_forward_hook(lambda m, a, output: outputs.extend(map(weakref.ref, tensors(output))))
    try:
        if watched:
            watched_pass(specimen, model)
        else:
            for loss in losses(specimen, model):
                loss.backward()
                del loss
    finally:
        handle.remove()
    gc.collect()
    return sum(output() is not None for output in outputs)


def traces(model: nn.Module) -> list[Any]:
    """Where hooks, attributes, parameters and flags would show on a model."""
    return [
        list(model.state_dict()),
        *((name, id(p), p.requires_grad, bool(p._backward_hooks)) for name, p in model.named_parameters()),
        *((name, module.training, sorted(vars(module))) for name, module in model.named_modules()),
        *(list(v) for module in model.modules() for k, v in vars(module).items() if k.endswith("_hooks")),
    ]
