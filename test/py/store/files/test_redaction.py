"""What was redacted is in no byte below SESSION_DIR, whatever the files were; the sums stay."""

import json
import os
import shutil

import pytest

from ai_sessions import ids
from ai_sessions.errors import ConfigError, LockBusy, StorageError
from ai_sessions.records import About, Change, Message, Note
from ai_sessions.store.files import spool

NAME = "plan-x"
SECRET = "hunter2-Grüße"
SPELLED = (SECRET.encode(), json.dumps(SECRET)[1:-1].encode(), b"hunter2")


def places(root):
    """Files that have the secret in any spelling."""
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in SPELLED)
    )


@pytest.fixture
def secret(files, call):
    """A session whose second entry, a call, has the secret; the id of the call."""
    files.ensure(NAME, About("plan", "x", "/repo"))
    given = call(id=ids.new(), messages=(Message("user", f"it is {SECRET}"),))
    files.append(NAME, [call(), given, call()])
    return given


def test_nothing_else_of_the_journal_changes(files, root, secret):
    journal = root / NAME / "journal.jsonl"
    before = journal.read_bytes().splitlines()
    files.redact(NAME, 2)
    after = journal.read_bytes().splitlines()

    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, False, True]
    assert (places(root), os.stat(journal).st_mode & 0o777) == ([], 0o600)
    kept = json.loads((root / NAME / "metadata.json").read_bytes())
    (root / NAME / "metadata.json").unlink()
    files.append(NAME, [Note("x", {}, id="n")])
    files.append(NAME, [Note("x", {}, id="n")])
    assert json.loads((root / NAME / "metadata.json").read_bytes())["totals"] == kept["totals"]


def test_a_session_of_the_first_layout_is_upgraded_and_its_old_file_goes(files, root):
    (root / NAME).mkdir(parents=True, mode=0o700)
    calls = [{"prompt": "hello", "response": f"no, {SECRET}", "cost": 0.5}, {"prompt": "bye"}]
    old = {"created_at": "2025-10-01T08:00:00Z", "interactions": calls}
    (root / NAME / "metadata.json").write_text(json.dumps(old))
    before = files.read(NAME).totals

    assert files.redact(NAME, 1) == (NAME,)
    assert places(root) == []
    assert files.read(NAME).totals == before
    assert [one.messages[0].text for one in files.entries(NAME)][1:] == ["bye"]


def test_what_was_set_aside_and_left_behind_goes(files, root, secret):
    left = (
        "journal.damaged",
        "metadata.damaged",
        "metadata.v1.json",
        "journal.jsonl.7.0123abcd.tmp",
    )
    for name in left:
        (root / NAME / name).write_text(f"… {SECRET} …")
    (root / NAME / "notes.txt").write_text("a person's own")
    files.redact(NAME, 2)

    assert places(root) == []
    assert (root / NAME / "notes.txt").exists()


def test_damaged_lines_go_and_what_they_came_to_stays(files, root, secret, call):
    journal = root / NAME / "journal.jsonl"
    bill = files.read(NAME).totals
    raw = journal.read_bytes().splitlines(keepends=True)
    damaged = raw[1].replace(b'"status"', bytes(8))
    journal.write_bytes(b"".join((raw[0], damaged, *raw[2:], raw[2][:-30])))
    files.redact(NAME, 2)

    totals = files.read(NAME).totals
    assert places(root) == []
    assert (totals.interactions, totals.cost_nusd) == (bill.interactions, bill.cost_nusd)
    assert files.read(NAME).bad_lines == 0


def test_a_repeat_that_no_reader_sees_goes(files, root, secret):
    journal = root / NAME / "journal.jsonl"
    raw = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join((*raw, raw[2])))
    files.redact(NAME, 2)

    assert places(root) == []
    assert files.read(NAME).totals.interactions == 3


def test_the_raw_output_of_calls_goes_and_a_link_there_leads_nowhere(files, root, secret, tmp_path):
    logs = root / NAME / "logs"
    logs.mkdir()
    (logs / "20251121T020000Z-claude-7.out").write_text(SECRET)
    (tmp_path / "mine").write_text(SECRET)
    (logs / "linked.out").symlink_to(tmp_path / "mine")
    files.redact(NAME, 2)

    assert [path.name for path in logs.iterdir()] == ["linked.out"]
    assert (tmp_path / "mine").read_text() == SECRET


def test_what_waits_to_be_written_is_written_first(files, root, secret, call):
    about = {"command": "plan", "feature": "x", "project": "/repo"}
    plain = [one for one in files.plain_entries(NAME) if one["seq"] == 2]
    later = {**plain[0], "id": ids.new(), "messages": []}
    spool.keep(root, NAME, about, [*plain, later])
    (root / spool.FOLDER / f"{NAME}~1-x.damaged").write_text(SECRET)
    (root / spool.FOLDER / "older.damaged").write_text(f'{{"id": "{secret.id}", "{SECRET}')
    (root / spool.FOLDER / "plan-y~1-x.damaged").write_text("of another session")
    files.redact(NAME, 2)

    assert places(root) == []
    assert os.listdir(root / spool.FOLDER) == ["plan-y~1-x.damaged"]
    assert files.read(NAME).totals.interactions == 4


def test_an_answer_that_waits_and_cannot_be_written_is_told_of(files, root, secret, monkeypatch):
    plain = [one for one in files.plain_entries(NAME) if one["seq"] == 2]
    spool.keep(root, NAME, {}, plain)

    def busy(self, name, wait_s):
        raise LockBusy(f"session {name} is in use by pid 1")

    with monkeypatch.context() as patch:
        patch.setattr(type(files), "_writer", busy)
        with pytest.raises(StorageError, match=f"waits to be written to session {NAME}: .*pid 1"):
            files.redact(NAME, 2)
    files.redact(NAME, 2)
    assert places(root) == []


def test_the_trash_is_searched_and_what_was_on_its_way_out_is_deleted(files, root, secret):
    shutil.copytree(root / NAME, root / "plan-copy")
    files.discard(NAME)
    files.rename("plan-copy", NAME)
    going = root / ".trash" / ".going-plan-z.20251121T020000Z.0123abcd"
    shutil.copytree(root / NAME, going)

    assert files.redact(NAME, 2) == (NAME,)
    assert (places(root), going.exists()) == ([], False)
    assert files.discarded() == [NAME]


def test_an_old_session_in_the_trash_keeps_its_name(files, root):
    old = {"created_at": "2025-10-01T08:00:00Z", "interactions": [{"prompt": SECRET}]}
    for name in (NAME, "plan-y"):
        (root / name).mkdir(parents=True, mode=0o700)
        (root / name / "metadata.json").write_text(json.dumps(old))
    files.discard(NAME)
    shutil.copytree(next((root / ".trash").iterdir()), root / NAME)
    files.redact(NAME, 1)

    assert places(root) == ["plan-y/metadata.json"]
    shutil.rmtree(root / NAME)
    assert files.restore(NAME).about.feature == "x"


def test_a_fork_that_is_in_use_is_done_by_the_next_run(files, root, secret):
    shutil.copytree(root / NAME, root / "plan-a")
    shutil.copytree(root / NAME, root / "plan-z")

    with files.turn("plan-a", 0), pytest.raises(LockBusy, match="session plan-a is in use"):
        files.redact(NAME, 2)
    assert places(root) == ["plan-a/journal.jsonl"]
    assert set(files.redact(NAME, 2)) == {NAME, "plan-a", "plan-z"}
    assert places(root) == []


def test_a_session_that_cannot_be_read_does_not_keep_the_others(files, root, secret, tmp_path):
    shutil.copytree(root / NAME, root / "plan-z")
    (root / "plan-a").mkdir()
    (root / "plan-a/journal.jsonl").symlink_to(tmp_path / "mine")
    (tmp_path / "mine").write_text(SECRET)

    with pytest.raises(StorageError, match=r"plan-a/journal\.jsonl"):
        files.redact(NAME, 2)
    assert places(root) == ["plan-a/journal.jsonl"]
    assert (tmp_path / "mine").read_text() == SECRET


def test_a_session_of_a_newer_version_is_left_alone(files, root, secret):
    files.append(NAME, [Change("pinned", True)])
    path = root / NAME / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 99}))
    before = (root / NAME / "journal.jsonl").read_bytes()

    with pytest.raises(ConfigError, match="newer version"):
        files.redact(NAME, 2)
    assert (root / NAME / "journal.jsonl").read_bytes() == before


def test_a_full_disk_leaves_the_old_journal(files, root, secret, monkeypatch):
    before = (root / NAME / "journal.jsonl").read_bytes()

    def full(fd, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ai_sessions.disk.files.write_all", full)
        with pytest.raises(StorageError, match="No space left"):
            files.redact(NAME, 2)
    assert (root / NAME / "journal.jsonl").read_bytes() == before
    assert list((root / NAME).glob("*.tmp")) == []
