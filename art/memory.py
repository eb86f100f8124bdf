"""What to do when memory runs short: a ladder of ever thriftier ways to paint."""

from dataclasses import dataclass, replace

import torch

SMALLEST_SIDE = 64
SHRINK = 0.75


@dataclass(frozen=True)
class Effort:
    """How a step spends memory."""

    chunks: int = 1
    """Groups the cutouts are looked at in; the gradient stays the same."""
    precision: str = "float32"
    checkpoint: bool = False
    """Whether the decoder's activations are computed again instead of kept."""
    scale: float = 1.0
    """The side of the picture as a part of what was asked for."""

    exact: bool = False
    """Whether bfloat16 lost the numbers before and is not tried again."""

    def thriftier(self, cutouts: int, side: int) -> "Effort | None":
        """Return the next rung for so many cutouts and so long a side, None at the last."""
        if self.chunks < cutouts:
            return replace(self, chunks=min(cutouts, self.chunks * 4))
        if not self.checkpoint:
            return replace(self, checkpoint=True)
        if self.precision == "float32" and not self.exact:
            return replace(self, precision="bfloat16")
        if side * self.scale * SHRINK >= SMALLEST_SIDE:
            return replace(self, scale=self.scale * SHRINK)
        return None

    def __str__(self) -> str:
        looks = f"cutouts in {self.chunks} groups"
        kept = ", activations computed twice" if self.checkpoint else ""
        size = f", {self.scale:.0%} of the size" if self.scale < 1 else ""
        return f"{looks}, {self.precision}{kept}{size}"


def is_device_lost(error: BaseException) -> bool:
    """Say whether an error means that the GPU, or this process's part of it, cannot go on.

    After one of these every further call fails in this process, though not in the next one.
    """
    words = str(error).lower()
    return (
        isinstance(error, RuntimeError)
        and not is_out_of_memory(error)
        and any(
            sign in words for sign in ("cuda error", "cublas_status", "cudnn_status", "cudnn error")
        )
    )


def has_bfloat16(device: torch.device) -> bool:
    """Say whether a device multiplies in bfloat16 faster than in float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # Older versions of torch do not tell; without such instructions bfloat16 is the slower one.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16"))


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error means that memory ran out; torch has several ways to tell."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in words
        for sign in (
            "out of memory",
            "not enough memory",
            "can't allocate memory",
            "alloc_failed",
            # oneDNN
            "could not create a memory object",
            "could not create a primitive",
        )
    )
