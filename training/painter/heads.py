"""Linear heads that name what a picture or a caption shows; only training needs them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.scenes.words import COLOURS, LANDSCAPES, STYLES, TIMES, WEATHERS
from mused.training.painter.captioned import NOUNS, Batch

_GROUPS: dict[str, tuple[str, ...]] = {
    "noun": NOUNS,
    "land": tuple(LANDSCAPES),
    "time": tuple(TIMES),
    "weather": tuple(WEATHERS),
    "style": tuple(STYLES),
    "colour": tuple(COLOURS),
}
_WEIGHTS = {"noun": 2.0, "land": 0.3, "time": 0.2, "weather": 0.2, "style": 0.2, "colour": 0.3}


def _targets(facts: Sequence[frozenset[tuple[str, ...]]], group: str) -> Tensor:
    """Float [B, names]: rows spread over what is true, zero where nothing is said."""
    names = {name: i for i, name in enumerate(_GROUPS[group])}
    table = torch.zeros(len(facts), len(names))
    for row, told in zip(table, facts, strict=True):
        for fact in told:
            if fact[0] == group:
                row[names[fact[-1]]] = 1.0
    return table / table.sum(1, keepdim=True).clamp(min=1.0)


class Heads(nn.Module):
    """One linear head for each kind of fact, shared by pictures and captions."""

    def __init__(self, embed_dim: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({g: nn.Linear(embed_dim, len(n)) for g, n in _GROUPS.items()})

    def loss(self, images: Tensor, texts: Tensor, batch: Batch) -> tuple[Tensor, float]:
        """Cross-entropy over all heads, and how often the noun head names a picture's object."""
        total = images.new_zeros(())
        told = [caption.facts for caption in batch.captions]
        for group, layer in self.layers.items():
            for embedding, facts, share in ((images, batch.facts, 1.0), (texts, told, 0.3)):
                logits = 16.0 * layer(embedding)
                target = _targets(facts, group).to(logits.device)
                spread = -(target * functional.log_softmax(logits, dim=-1)).sum(1)
                total = total + _WEIGHTS[group] * share * spread.mean()
        with torch.no_grad():
            best = self.layers["noun"](images).argmax(1)
            nouns = batch.nouns().to(best.device)
            some = nouns.sum(1) > 0
            right = (nouns.gather(1, best[:, None])[:, 0] > 0)[some].float().mean().item()
        return total, right
