"""Which features there are, and which one a mistyped name means."""

import os
import shutil
import subprocess

import pytest

from ai_sessions.errors import NotFound, UsageError
from ai_sessions.workspace.features import features, mistyped, workspace


def test_a_feature_that_does_not_exist_is_told_with_the_nearest(space):
    with pytest.raises(NotFound) as caught:
        workspace(space.repo, ".ai-session", "pey")
    assert "did you mean pay?" in caught.value.hint


@pytest.mark.parametrize("name", ["../x", "Pay Ment", "", "-x", "a/b", "."])
def test_a_name_that_is_none_is_refused_with_a_suggestion(space, name):
    with pytest.raises(UsageError) as caught:
        workspace(space.repo, ".ai-session", name)
    assert caught.value.hint.startswith("try: ")


def test_only_folders_with_a_feature_name_are_features(space):
    os.makedirs(os.path.join(space.repo, ".ai-session", "Not One"))
    space.write("x", "..", "config.yaml")

    assert features(space.repo, ".ai-session") == ["pay"]
    assert features(space.repo, "elsewhere") == []


@pytest.mark.parametrize(
    ("known", "typed", "meant"),
    [
        ("payment-gateway", "payment-gatewy", "payment-gateway"),
        ("payment-gateway", "payment-gateway2", ""),
        ("step-1", "step-2", ""),
        ("auth-service", "user-service", ""),
        ("pay", "search", ""),
    ],
)
def test_a_slip_of_the_finger_is_told_from_a_name_of_its_own(tmp_path, known, typed, meant):
    (tmp_path / ".ai-session" / known).mkdir(parents=True)

    assert mistyped(str(tmp_path), ".ai-session", typed) == meant


@pytest.mark.parametrize(
    ("gone", "back"), [("pay", ".ai-session/pay"), ("", ".ai-session")], ids=["one", "all"]
)
def test_a_feature_that_was_deleted_is_brought_back_from_head(space, gone, back):
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=space.repo, check=True)
    shutil.rmtree(os.path.join(space.repo, ".ai-session", gone))

    with pytest.raises(NotFound) as caught:
        workspace(space.repo, ".ai-session", "pay")
    assert caught.value.hint == f"HEAD has it: git checkout HEAD -- {back}"
    with pytest.raises(NotFound) as caught:
        workspace(space.repo, ".ai-session", "other")
    assert "HEAD" not in caught.value.hint
