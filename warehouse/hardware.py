"""What this machine is good at."""

from __future__ import annotations


def bfloat16_is_fast(device: str) -> bool:
    """Whether a kind of device ("cuda", "cpu") multiplies bfloat16 natively; elsewhere it is slower than float32."""
    import torch

    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # PyTorch has no public name for it
    return device == "cpu" and bool(supported and supported())
