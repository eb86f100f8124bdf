"""More words for a network that has learned some: embeddings of a larger compact vocabulary."""

from collections.abc import Sequence

import torch
from torch import Tensor


def union(before: Sequence[int], more: Sequence[int]) -> tuple[int, ...]:
    """The tokens of both, ascending, as a compact vocabulary has them."""
    return tuple(sorted({*before, *more}))


def grown(learned: Tensor, before: Sequence[int], after: Sequence[int], fresh: Tensor) -> Tensor:
    """Embeddings of the tokens `after`: those `before` among them as learned, others as in fresh.

    learned and fresh: float [tokens + 3, width]; the rows are those of mused.art.clip.Tokenizer.
    """
    size = len(after) + 3
    places = {token: row for row, token in enumerate(after, 1)}
    rows = torch.tensor([0, *(places[token] for token in before), size - 2, size - 1])
    embeddings = fresh.detach().clone()
    embeddings[rows] = learned
    return embeddings
