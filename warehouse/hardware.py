"""What this machine is good at."""

from __future__ import annotations


def bfloat16_is_fast() -> bool:
    """Whether bfloat16 is multiplied natively here; elsewhere it is slower than float32."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # PyTorch has no public name for it
    return bool(supported and supported())
