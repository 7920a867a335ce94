"""Whether tensors are spread over ranks, as tensor parallelism spreads the outputs of a model."""

import sys
from typing import Any

from torch import Tensor, distributed, nn

SPREAD = (
    "with tensor parallelism, and with shards on some of the ranks only, outputs are no parts of one batch; parameters "
    "are measured whole"
)


def is_spread(tensor: Tensor) -> bool:
    """Whether it is a DTensor. To compute with it can mean to wait for other ranks, which may not be looking."""
    return hasattr(tensor, "placements")


def shards(tensor: Any) -> int:
    """In how many shards a tensor lies on the ranks, 1 if it is no DTensor; 0 if it is a sum that is yet to be made."""
    count = 1
    for place, placement in enumerate(getattr(tensor, "placements", ())):
        sizes = 0 if placement.is_partial() else tensor.device_mesh.size(place)
        count *= 1 if placement.is_replicate() else sizes
    return count


def spreads_outputs(model: nn.Module) -> bool:
    """Whether a parameter is spread otherwise than FSDP does it over all ranks, which gathers it for its layer."""
    spread = [p for p in model.parameters() if is_spread(p)]
    if not spread:
        return False
    fsdp = getattr(sys.modules.get("torch.distributed.fsdp"), "FSDPModule", ())
    gathered = {id(p) for module in model.modules() if isinstance(module, fsdp) for p in module.parameters()}
    return not all(id(p) in gathered and _is_sharded_once(p) for p in spread)


def _is_sharded_once(parameter: Any) -> bool:
    """Whether all ranks hold it, sharded in the last dimension of their mesh; hybrid FSDP has copies in the first."""
    *copies, last = parameter.placements
    alone = not last.is_replicate() and all(placement.is_replicate() for placement in copies)
    return alone and parameter.device_mesh.size() == distributed.get_world_size()
