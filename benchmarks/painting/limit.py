"""How fast this machine multiplies, which no step can beat."""

import time

import torch

STEP = {256: 1.07e12, 512: 2.6e12}
"""Floating-point operations of a step of f16-16384 with 32 cutouts for ViT-B/32, by size: those of
the networks and of the gradient of their inputs, counted on torch's meta device."""


def operations_a_second(precision: str, device: str, threads: int) -> float:
    """Return the best of ten products of 2048 x 2048 matrices."""
    torch.set_num_threads(threads)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    n = 2048
    a, b = (torch.randn(n, n).to(device, dtype) for _ in range(2))
    best = float("inf")
    for _ in range(10):
        begun = time.perf_counter()
        float((a @ b)[0, 0])  # waits for a GPU
        best = min(best, time.perf_counter() - begun)
    return 2 * n**3 / best
