"""Evidence is tied to its hash."""

import json
import os
from pathlib import Path

from ai_sessions.workspace.tasks import evidence_hash, read_evidence, save_evidence


def test_evidence_is_tied_to_its_hash(space):
    sha = save_evidence(space, "T1.1", "red", {"exit": 1})

    assert evidence_hash(space, "T1.1", "red") == sha
    save_evidence(space, "T1.1", "red", {"exit": 0})
    assert evidence_hash(space, "T1.1", "red") != sha


def test_line_ends_that_a_checkout_converted_do_not_count(space):
    sha = save_evidence(space, "T1.1", "red", {"exit": 1})
    file = Path(space.path("evidence", "T1.1", "red.json"))
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert evidence_hash(space, "T1.1", "red") == sha


def test_another_layout_of_its_json_does_not_count_and_another_value_does(space):
    sha = save_evidence(space, "T1.1", "red", {"exit": 1, "name": "caf\xe9", "list": []})
    file = Path(space.path("evidence", "T1.1", "red.json"))
    file.write_text(json.dumps(json.loads(file.read_text()), indent=4))
    assert evidence_hash(space, "T1.1", "red") == sha

    file.write_text(file.read_text().replace('"exit": 1', '"exit": 2'))
    assert evidence_hash(space, "T1.1", "red") not in ("", sha)
    file.write_text("  {")
    assert evidence_hash(space, "T1.1", "red") not in ("", sha)


def test_a_file_name_that_is_not_utf_8_is_read_back_as_it_was(space):
    name = os.fsdecode(b"caf\xe9.txt")
    sha = save_evidence(space, "T1.1", "red", {"frozen": {name: "1"}})

    assert evidence_hash(space, "T1.1", "red") == sha
    assert read_evidence(space, "T1.1", "red")["frozen"] == {name: "1"}
