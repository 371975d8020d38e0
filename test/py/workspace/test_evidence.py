"""Evidence is tied to its hash."""

from ai_sessions.workspace.evidence import evidence_hash, save_evidence


def test_evidence_is_tied_to_its_hash(space):
    sha = save_evidence(space, "T1.1", "red", {"exit": 1})

    assert evidence_hash(space, "T1.1", "red") == sha
    save_evidence(space, "T1.1", "red", {"exit": 0})
    assert evidence_hash(space, "T1.1", "red") != sha
