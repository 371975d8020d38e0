"""Ids that a journal has are found however they are written and wherever they stand."""

import pytest

from ai_sessions.store.files import repeats

LINES = [
    '{"type":"note","id":"plain","seq":1}',
    '{"type": "note", "id" : "spaced", "seq": 2}',
    '{"type":"note","id":"say \\"hi\\" \\\\","seq":3}',
    '{"type":"note","id":"größe","seq":4}',
    '{"type":"interaction","id":"call","provider":"p","model":"m","status":"ok","messages":[],'
    '"tokens":{},"cost_nusd":null,"resume":{"id":"conversation"},"seq":5}',
]


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text("\n".join(LINES) + "\n" + '{"type":"note","id":"torn","seq":6}')
    return path


@pytest.mark.parametrize("id_", ["plain", "spaced", 'say "hi" \\', "größe", "call", "torn"])
def test_an_id_is_found(journal, id_):
    assert repeats.known(journal, frozenset([id_, "other"])) == {id_}


@pytest.mark.parametrize("id_", ["conversation", "pla", "note", ""])
def test_what_only_looks_like_the_id_of_an_entry_is_not(journal, id_):
    assert repeats.known(journal, frozenset([id_])) == frozenset()


def test_ids_are_found_across_the_pieces_that_are_read(journal, monkeypatch):
    monkeypatch.setattr(repeats, "_BLOCK_BYTES", 16)

    assert repeats.known(journal, frozenset(["größe", "plain"])) == {"größe", "plain"}
