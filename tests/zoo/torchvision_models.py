"""torchvision's models with random weights, each at a small input that it accepts."""

from functools import partial
from typing import Any

import torch
import torchvision
from specimens import Specimen
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torchvision.models import detection, get_model, list_models, optical_flow, quantization, segmentation, video

CLASSES = 5
SIZE = 64
SIZES = {"alexnet": 96, "squeezenet": 96, "inception": 299, "maxvit": 224, "vit_h_14": 56}
VIDEOS = ("r3d_18", "mc3_18", "swin3d_t")
QUANTIZABLE = ("quantized_resnet18", "quantized_mobilenet_v2")
DETECTED = 5  # boxes an image


def images(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(2, 3, *shape, generator=generator)


def labelled(generator: torch.Generator, *shape: int) -> tuple[Tensor, Tensor]:
    return images(generator, *shape), torch.randint(CLASSES, (2,), generator=generator)


def class_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Auxiliary classifiers count as much as the main one."""
    x, y = batch
    output = model(x)
    return sum(cross_entropy(logits, y) for logits in ([output] if isinstance(output, Tensor) else output))


def classifier(name: str) -> Specimen:
    size = next((size for start, size in SIZES.items() if name.startswith(start)), SIZE)
    options: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    options |= {"image_size": size} if name.startswith("vit_") else {}
    build = partial(get_model, name, weights=None, num_classes=CLASSES, **options)
    return Specimen(name, "torchvision: classification", build, lambda g: labelled(g, size, size), {"": class_loss})


# Segmentation


def pixel_batch(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return images(generator, SIZE, SIZE), torch.randint(CLASSES, (2, SIZE, SIZE), generator=generator)


def pixel_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    x, y = batch
    return sum(cross_entropy(logits, y) for logits in model(x).values())


def segmenter(name: str) -> Specimen:
    options = {} if name.startswith("lraspp") else {"aux_loss": True}
    build = partial(get_model, name, weights=None, weights_backbone=None, num_classes=CLASSES, **options)
    return Specimen(name, "torchvision: segmentation", build, pixel_batch, {"": pixel_loss})


# Detection
#
# PyTorch's bfloat16 weight gradients on the CPU are not the same twice (2.15) for 3x3 convolutions of stride 2 on one
# pixel, which the smallest maps of retinanet and fcos would be in a smaller picture.


def detector(name: str) -> Specimen:
    few: dict[str, Any] = {"score_thresh": 0.0, "detections_per_img": DETECTED}
    if "rcnn" in name:
        few = {f"box_{key}": value for key, value in few.items()}
        few |= {"box_batch_size_per_image": 8, "rpn_post_nms_top_n_train": 50, "rpn_post_nms_top_n_test": 20}
    if not name.startswith("ssd"):
        side = 2 * SIZE if name.startswith(("retinanet", "fcos")) else SIZE  # see above
        few |= {"min_size": side, "max_size": side}
    build = partial(get_model, name, weights=None, weights_backbone=None, num_classes=CLASSES, **few)
    if name.startswith("ssdlite"):
        build = partial(shrunk, build)
    batch = partial(boxed, found=[2] if name.startswith("ssd300") else [1, 2])  # 300 pixels take their time
    return Specimen(name, "torchvision: detection", build, batch, {"": detection_loss})


def shrunk(build: Any) -> nn.Module:
    """ssdlite resizes every image to 320 pixels; no argument says otherwise."""
    model = build()
    model.transform.fixed_size = (96, 96)
    return model


def boxed(generator: torch.Generator, found: list[int]) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
    """Pictures, and as many boxes in each as `found` says."""
    pictures = torch.rand(len(found), 3, SIZE, SIZE, generator=generator)
    return list(pictures), [boxes(n, generator) for n in found]


def boxes(n: int, generator: torch.Generator) -> dict[str, Tensor]:
    corner = torch.rand(n, 2, generator=generator) * SIZE / 3
    return {
        "boxes": torch.cat([corner, corner + SIZE / 2], dim=1),
        "labels": torch.randint(1, CLASSES, (n,), generator=generator),
        "masks": torch.randint(2, (n, SIZE, SIZE), generator=generator, dtype=torch.uint8),
        "keypoints": torch.cat([torch.rand(n, 17, 2, generator=generator) * SIZE, torch.ones(n, 17, 1)], dim=2),
    }


def detection_loss(model: nn.Module, batch: tuple[list[Tensor], list[dict[str, Tensor]]]) -> Tensor:
    """In evaluation there are no targets: all that is found is pulled towards 0."""
    x, targets = batch
    if model.training:
        return sum(model(x, targets).values())
    return sum(found.mean() for image in model(x) for found in image.values() if found.requires_grad) / SIZE


# Others


def filmed(name: str) -> Specimen:
    """17 pictures become 9, 5, 3: with 2, bfloat16 weight gradients of 3x3x3 convolutions are not the same twice."""
    build = partial(get_model, name, weights=None, num_classes=CLASSES)
    return Specimen(
        name, "torchvision: video", build, lambda g: labelled(g, 17, SIZE // 2, SIZE // 2), {"": class_loss}
    )


def quantizable(name: str) -> Specimen:
    build = partial(get_model, name, weights=None, quantize=False, num_classes=CLASSES)
    return Specimen(name, "torchvision: quantizable", build, lambda g: labelled(g, SIZE, SIZE), {"": class_loss})


def flow_loss(model: nn.Module, batch: Tensor) -> Tensor:
    return sum(flow.square().mean() for flow in model(*batch, num_flow_updates=2))


RAFT = Specimen(
    "raft_small",
    "torchvision: optical flow",
    partial(optical_flow.raft_small, weights=None),
    lambda generator: torch.rand(2, 1, 3, 128, 128, generator=generator),
    {"": flow_loss},
)

SPECIMENS = [
    *map(classifier, list_models(module=torchvision.models)),
    *map(segmenter, list_models(module=segmentation)),
    *map(detector, list_models(module=detection)),
    *map(filmed, [name for name in list_models(module=video) if name in VIDEOS]),
    *map(quantizable, [name for name in list_models(module=quantization) if name in QUANTIZABLE]),
    RAFT,
]
