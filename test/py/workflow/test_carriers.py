"""Which commit carries evidence: by what its message names, with the work in it, not reverted."""

import json

import pytest
from scripted import SOURCE, git

from ai_sessions.workflow import carriers
from ai_sessions.workflow.carriers import Carriers
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.tasks import TaskState, save_evidence, save_state


@pytest.fixture
def carried(repo):
    """`carried(hash)`: a commit that names this evidence."""

    def commit(proof, message="work\n\nEvidence: sha256:{}"):
        git(repo, "commit", "-q", "--allow-empty", "-m", message.format(proof))
        return tip(repo)

    return commit


def tip(repo):
    return git(repo, "rev-parse", "HEAD").strip()


def state_of(space, task="T1.1"):
    return FeatureState(space).states[task]


def test_commits_are_looked_up_once_for_each_tip(space, carried):
    first = carried("1")
    assert Carriers(space, {}).named == {"1": first}

    kept = json.loads(space.text("cache", "carriers.json"))
    assert kept["key"] == first
    space.save({**kept, "value": {**kept["value"], "named": {"x": ["y"]}}}, "cache/carriers.json")
    assert Carriers(space, {}).named == {"x": "y"}
    second = carried("2")
    assert Carriers(space, {}).named == {"2": second, "1": first}


def test_before_the_first_commit_nothing_is_kept(space, tmp_path):
    git(tmp_path, "init", "-q", "new")
    space.repo = str(tmp_path / "new")

    assert Carriers(space, {}).named == {}
    assert not space.has("cache", "carriers.json")


def test_commits_that_claim_a_proof_are_told_from_others(repo, carried):
    start = tip(repo)
    git(repo, "commit", "-q", "--allow-empty", "-m", "plain\n\nEvidence: none")
    assert not carriers.has_proof(repo, start, "HEAD")

    now = carried("1")
    assert carriers.has_proof(repo, start, now)
    assert not carriers.has_proof(repo, now, now)


@pytest.mark.parametrize(
    "message",
    [
        "pay (#1)\n\n* red\n\nEvidence: sha256:0\n\n* feat\n\nEvidence: sha256:{}\n\nCo: x",
        "Squashed commit\n\ncommit 1\n\n    feat(pay)\n\n    Evidence: sha256:{}\n",
        "feat(pay)\n\nEvidence: sha256:{}\n(cherry picked from commit 1)",
        "feat(pay)\r\n\r\nEvidence: sha256:{}\r\n\r\nmore",
    ],
    ids=["github", "git", "picked", "crlf"],
)
def test_a_squash_names_what_the_messages_that_it_quotes_name(space, carried, message):
    commit = carried("1", message)

    assert Carriers(space, {}).named["1"] == commit


@pytest.fixture
def proved(space, repo):
    """T1.1 with evidence of a file, and `proved.commit(text)`: that file, committed as its work."""

    class Proved:
        def __init__(self):
            import hashlib

            digest = hashlib.sha256(SOURCE.encode()).hexdigest()
            facts = {"changed": {"gateway.py": digest, "gone.py": ""}}
            self.hash = save_evidence(space, "T1.1", "green", facts)
            save_state(space, "T1.1", TaskState("done", proof=self.hash))

        def commit(self, text):
            (repo / "gateway.py").write_bytes(text.encode())
            git(repo, "add", "-A")
            git(repo, "commit", "-qm", f"work\n\nEvidence: sha256:{self.hash}")
            return tip(repo)

    return Proved()


def test_a_commit_that_holds_other_code_than_was_proved_carries_nothing(space, proved):
    junk = proved.commit("junk")

    assert state_of(space) == "green"
    told = f"T1.1 was proved, but commit {junk[:7]} holds other code than was proved"
    assert FeatureState(space).notes[0].startswith(told)
    good = proved.commit(SOURCE)
    assert FeatureState(space).commit_of("T1.1") == good
    proved.commit("junk again")  # names the same; the one before still carries it
    assert FeatureState(space).commit_of("T1.1") == good


def test_line_ends_that_git_converts_are_no_other_code(space, proved):
    import hashlib

    facts = {"changed": {"gateway.py": hashlib.sha256(b"a\r\nb\r\n").hexdigest()}}
    proved.hash = save_evidence(space, "T1.1", "green", facts)
    save_state(space, "T1.1", TaskState("done", proof=proved.hash))
    proved.commit("a\nb\n")

    assert state_of(space) == "done"


def test_a_file_that_the_work_has_deleted_has_to_be_gone(space, repo, proved):
    (repo / "gone.py").write_text("still here")
    proved.commit(SOURCE)

    assert state_of(space) == "green"


def test_what_was_reverted_is_not_done_until_the_revert_is(space, repo, proved):
    work = proved.commit(SOURCE)
    git(repo, "revert", "--no-commit", work)
    git(repo, "checkout", "HEAD", "--", ".ai-session")  # evidence is kept, the code is not
    git(repo, "commit", "-qm", f'Revert "work"\n\nThis reverts commit {work}.')
    revert = tip(repo)

    feature = FeatureState(space)
    assert feature.states["T1.1"] == "todo"
    assert feature.notes == [f"T1.1 was reverted by commit {revert[:7]}"]
    assert feature.to_prove == {}

    git(repo, "revert", "--no-edit", revert)
    assert state_of(space) == "done"


def test_a_renewed_proof_counts_as_long_as_its_commit_is_there(space, repo, proved):
    start = tip(repo)
    git(repo, "commit", "-q", "--allow-empty", "-m", "squashed")
    squash = tip(repo)
    save_evidence(space, "T1.1", "again", {"commit": squash, "proof": proved.hash})
    assert FeatureState(space).commit_of("T1.1") == squash
    assert state_of(space) == "done"  # from the cache

    git(repo, "reset", "-q", "--soft", start)
    assert state_of(space) == "green"


def test_a_renewed_proof_of_a_commit_that_was_reverted_counts_for_nothing(space, repo, proved):
    git(repo, "commit", "-q", "--allow-empty", "-m", "squashed")
    squash = tip(repo)
    save_evidence(space, "T1.1", "again", {"commit": squash, "proof": proved.hash})
    told = f"take it back\n\nThis reverts commit {squash}."
    git(repo, "commit", "-q", "--allow-empty", "-m", told)

    assert state_of(space) == "todo"


@pytest.mark.parametrize("record", [{"commit": "HEAD", "proof": "0" * 64}, {"proof": "x"}, {}])
def test_a_renewed_proof_of_other_evidence_counts_for_nothing(space, proved, record):
    save_evidence(space, "T1.1", "again", record)

    assert state_of(space) == "green"


def test_what_was_waived_need_not_be_as_it_was(space, repo):
    proof = save_evidence(space, "T1.1", "waiver", {"changed": {"gateway.py": "0" * 64}})
    save_state(space, "T1.1", TaskState("waived", proof=proof))
    git(repo, "commit", "-q", "--allow-empty", "-m", f"work\n\nEvidence: sha256:{proof}")

    assert state_of(space) == "waived"
