"""Hugging Face transformers, built from tiny configurations: nothing is downloaded, nothing imported before `build`."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from specimens import Specimen, adamw
from torch import Tensor, nn

FAMILY = "transformers"
VOCABULARY, LENGTH, PICTURE = 50, 9, 16
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
SPECIAL = {"vocab_size": VOCABULARY, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def specimen(
    name: str, model: str, config: str, options: dict[str, Any], batch: Callable[[torch.Generator], dict[str, Tensor]]
) -> Specimen:
    return Specimen(name, FAMILY, partial(build, model, config, options), batch, {"": own_loss}, adamw)


def build(model: str, config: str, options: dict[str, Any]) -> nn.Module:
    import transformers

    transformers.logging.set_verbosity_error()  # Mamba's missing CUDA kernels
    return getattr(transformers, model)(getattr(transformers, config)(**options)).train()


def own_loss(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    return model(**batch).loss


def text(generator: torch.Generator) -> dict[str, Tensor]:
    tokens = torch.randint(3, VOCABULARY, (2, LENGTH), generator=generator)
    return {"input_ids": tokens, "labels": tokens}


def pictures(generator: torch.Generator) -> dict[str, Tensor]:
    return {
        "pixel_values": torch.randn(2, 3, PICTURE, PICTURE, generator=generator),
        "labels": torch.randint(2, (2,), generator=generator),
    }


GPT2 = {"n_positions": 16, "n_embd": 32, "n_layer": 2, "n_head": 2}
T5 = {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 2, "num_heads": 2, "decoder_start_token_id": 0}
MAMBA = {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}
MIXTRAL = {"num_key_value_heads": 1, "num_local_experts": 3}
VIT = {"image_size": PICTURE, "patch_size": 8}
CONVNEXT = {"num_stages": 2, "hidden_sizes": [8, 16], "depths": [1, 2]}

SPECIMENS = [
    specimen("gpt2", "GPT2LMHeadModel", "GPT2Config", SPECIAL | GPT2, text),
    specimen("bert", "BertForMaskedLM", "BertConfig", SPECIAL | SMALL | {"max_position_embeddings": 16}, text),
    specimen("llama", "LlamaForCausalLM", "LlamaConfig", SPECIAL | SMALL, text),
    specimen("mixtral", "MixtralForCausalLM", "MixtralConfig", SPECIAL | SMALL | MIXTRAL, text),
    specimen("t5", "T5ForConditionalGeneration", "T5Config", {"vocab_size": VOCABULARY} | T5, text),
    specimen("mamba", "MambaForCausalLM", "MambaConfig", SPECIAL | MAMBA, text),
    specimen("vit", "ViTForImageClassification", "ViTConfig", SMALL | VIT, pictures),
    specimen("convnextv2", "ConvNextV2ForImageClassification", "ConvNextV2Config", CONVNEXT, pictures),
]
