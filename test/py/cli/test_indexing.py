"""What `index` prepares and says."""

import json
from functools import partialmethod

import pytest

from ai_sessions import embeddings
from ai_sessions.embeddings import minilm
from ai_sessions.index import vectors
from ai_sessions.index.meaning import Meaning
from concepts import Concepts


@pytest.fixture
def embedder(monkeypatch):
    """In place of the model."""
    found = Concepts()
    monkeypatch.setattr(embeddings, "is_installed", lambda: True)
    monkeypatch.setattr(minilm, "MiniLM", lambda: found)
    return found


def test_all_texts_are_prepared_once(cli, store, embedder):
    first = json.loads(cli("index", "--json").out)

    assert (first["made"], first["left"]) == (len(embedder.asked), 0)
    assert first["made"] == 3  # what several sessions say alike needs no second vector
    assert cli("index").out == "0 passages prepared, 8 can be found by meaning\n"


def test_without_the_extra_it_is_named(cli, store, monkeypatch):
    monkeypatch.setattr(embeddings, "is_installed", lambda: False)
    answer = cli("index")

    assert (answer.code, answer.out) == (3, "")
    assert "index needs the extra `semantic`" in answer.err


def test_where_nothing_can_be_kept_it_fails(cli, store, root, embedder):
    (root / vectors.NAME).mkdir()

    assert cli("index").code == 11


def test_a_search_says_how_much_is_not_prepared_yet(cli, store, embedder, monkeypatch):
    monkeypatch.setattr(Meaning, "ranked", partialmethod(Meaning.ranked, seconds=0))
    answer = cli("search", "step")

    assert answer.code == 0
    assert "cannot be found by meaning yet; ai-session.sh index prepares" in answer.err


def test_a_search_finds_what_means_the_same(cli, store, embedder):
    cli("create", "shop")
    cli("say", "shop", "--role", "user", "Rotate the password")
    found = json.loads(cli("search", "credentials", "--json").out)

    assert [(hit["session"], hit["by"]) for hit in found["hits"]] == [("shop", ["meaning"])]
    assert not found["exact"]
    assert cli("search", "credentials", "--by", "words").code == 4


def test_where_vectors_cannot_be_kept_words_have_to_do(cli, store, root, embedder):
    (root / vectors.NAME).mkdir()
    answer = cli("search", "steps", "--in", "plan-search")

    assert (answer.code, len(answer.out.splitlines())) == (0, 1)
    assert "warning: found by words alone" in answer.err


@pytest.mark.parametrize("way", ["meaning", "both"])
def test_a_search_by_meaning_without_the_extra_is_refused(cli, store, monkeypatch, way):
    monkeypatch.setattr(embeddings, "is_installed", lambda: False)
    answer = cli("search", "steps", "--by", way)

    assert answer.code == 3
    assert f"--by {way} needs the extra `semantic`" in answer.err
