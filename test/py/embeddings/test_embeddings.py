"""Whether the extra is there is known without importing it."""

import importlib.util
import sys

from ai_sessions import embeddings


def test_all_packages_have_to_be_there(monkeypatch):
    there = set(embeddings.MODULES)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in there or None)
    before = set(sys.modules)

    assert embeddings.is_installed()
    there.remove("tokenizers")
    assert not embeddings.is_installed()
    assert not before ^ set(sys.modules)
