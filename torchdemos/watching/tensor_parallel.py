"""Whether the outputs of a model are spread over ranks, as tensor parallelism spreads them."""

import sys
from typing import Any

from torch import nn

SPREAD = (
    "tensor parallelism gives each rank other units of some outputs and the same of others, and nothing tells which; "
    "parameters are measured whole"
)


def spreads_outputs(model: nn.Module) -> bool:
    """Whether a parameter is sharded that no FSDP gathers before its layer computes."""
    sharded = [p for p in model.parameters() if _shards(p)]
    if not sharded:
        return False
    fsdp = getattr(sys.modules.get("torch.distributed.fsdp"), "FSDPModule", ())
    gathered = {id(p) for module in model.modules() if isinstance(module, fsdp) for p in module.parameters()}
    return any(_shards(p) > (1 if id(p) in gathered else 0) for p in sharded)


def _shards(parameter: Any) -> int:
    """In how many dimensions of its mesh a parameter is sharded. FSDP needs one, also where it is hybrid."""
    return sum(not placement.is_replicate() for placement in getattr(parameter, "placements", ()))
