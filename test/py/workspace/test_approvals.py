"""What a person approved is kept inside `.git`, where no clone can bring it along."""

import os

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.workspace import approvals


@pytest.fixture
def repo(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return str(tmp_path)


def place(repo):
    return os.path.join(repo, ".git", "ai-sessions", "approved", "pay")


def test_what_was_approved_is_remembered_for_its_feature_alone(repo):
    assert approvals.approved(repo, "pay") == ""

    approvals.approve(repo, "pay", "sha256:1")
    approvals.approve(repo, "pay", "sha256:2")

    assert approvals.approved(repo, "pay") == "sha256:2"
    assert approvals.approved(repo, "shop") == ""
    assert os.path.isfile(place(repo))


@pytest.mark.parametrize("content", [b"", b"x" * 2000])
def test_what_is_no_fingerprint_approves_nothing(repo, content):
    approvals.approve(repo, "pay", "sha256:1")
    with open(place(repo), "wb") as file:
        file.write(content)

    assert approvals.approved(repo, "pay") == ""


def test_bytes_of_another_kind_are_no_crash(repo):
    approvals.approve(repo, "pay", "sha256:1")
    with open(place(repo), "wb") as file:
        file.write(b"sha\xff\n")

    assert approvals.approved(repo, "pay") == "sha\N{REPLACEMENT CHARACTER}"


def test_a_place_that_cannot_be_read_is_told(repo):
    os.makedirs(place(repo))

    with pytest.raises(StorageError, match="pay"):
        approvals.approved(repo, "pay")


def test_a_link_is_not_followed(repo, tmp_path):
    approvals.approve(repo, "pay", "sha256:1")
    (tmp_path / "elsewhere").write_text("sha256:9\n")
    os.unlink(place(repo))
    os.symlink(tmp_path / "elsewhere", place(repo))

    with pytest.raises(StorageError):
        approvals.approved(repo, "pay")
