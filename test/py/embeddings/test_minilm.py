"""all-MiniLM-L6-v2: what is said where it, or a part of it, is not there.

What it computes is in test/real/test_real_semantic.py, with its weights.
"""

import sys

import pytest

from ai_sessions.embeddings.minilm import MiniLM
from ai_sessions.errors import ConfigError


@pytest.mark.parametrize("ask", [lambda model: model.embed(["a"]), lambda model: model.check()])
def test_without_its_packages_the_extra_is_named(monkeypatch, ask):
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(ConfigError) as caught:
        ask(MiniLM())

    assert caught.value.message.startswith("search by meaning needs the extra `semantic`")
    assert caught.value.hint.endswith("--semantic")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"model\.safetensors is missing"):
        MiniLM(str(tmp_path)).check()


def test_other_weights_are_refused_by_their_checksum(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"others")

    with pytest.raises(ConfigError, match="not the weights of all-MiniLM-L6-v2"):
        MiniLM(str(tmp_path)).check()
