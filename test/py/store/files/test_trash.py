"""Sessions in the trash: they come back whole, or go for good."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.errors import NotFound, UsageError

NAME = "plan-x"
NOW = datetime(2025, 11, 21, 2, 0, tzinfo=UTC)


def test_a_discarded_session_comes_back_with_everything(files, root, call):
    before = files.append(NAME, [call()])

    assert files.discard(NAME) is True
    assert list(files.sessions()) == []
    assert files.discarded() == [NAME]
    assert files.restore(NAME) == before
    assert files.discarded() == []


def test_restoring_needs_something_in_the_trash_and_a_free_name(files, call):
    with pytest.raises(NotFound, match="trash"):
        files.restore(NAME)
    files.append(NAME, [call()])
    files.discard(NAME)
    files.append(NAME, [call()])
    with pytest.raises(UsageError, match="exists again"):
        files.restore(NAME)


def test_a_folder_that_nothing_was_written_into_hides_no_session_in_the_trash(files, root, call):
    files.append(NAME, [call()])
    files.discard(NAME)
    (root / NAME).mkdir(mode=0o700)
    with pytest.raises(NotFound):
        files.discard(NAME)
    (root / NAME / ".lock").unlink(missing_ok=True)
    (root / NAME / ".turn").unlink(missing_ok=True)
    (root / NAME).rmdir()

    assert files.restore(NAME).totals.interactions == 1


def test_only_what_was_discarded_long_ago_is_purged(files, root, call):
    files.append(NAME, [call()])
    files.discard(NAME)

    assert files.purge(NOW - timedelta(days=1)) == 0
    assert files.purge(NOW + timedelta(days=1)) == 1
    assert list((root / ".trash").iterdir()) == []


def test_a_session_being_deleted_cannot_be_restored_in_part(files, root, call, monkeypatch):
    files.append(NAME, [call()])
    files.discard(NAME)

    def interrupted(path):
        with pytest.raises(Exception, match="nothing called"):
            files.restore(NAME)
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.purge(datetime.now(UTC) + timedelta(days=1))
    monkeypatch.undo()
    assert files.discarded() == []
    files.purge(datetime.now(UTC))
    assert list((root / ".trash").iterdir()) == []
