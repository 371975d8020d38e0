"""The doctor names what is damaged, mends it, and never throws a byte away."""

import json
import os

import pytest

from ai_sessions.records import About, Interaction, Message
from ai_sessions.store.files import FileStore, checkpoints, doctor

from .conftest import exported

NAME = "plan-auth"


@pytest.fixture
def store(tmp_path):
    store = FileStore(tmp_path / "sessions", fsync="none")
    store.ensure(NAME, About("plan", "auth"))
    for number in range(3):
        messages = (Message("user", f"question {number}"), Message("assistant", "answer"))
        call = Interaction(f"id-{number}", "2026-01-02T03:04:05.000Z", "echo", "m", messages)
        store.append(NAME, [call])
    return store


def problems(store):
    return [(found.line, found.problem) for found in doctor.examine(store.root)]


def edit(store, change):
    path = store.path(NAME) / "journal.jsonl"
    path.write_bytes(change(path.read_bytes()))


def test_a_healthy_store_has_no_findings(store):
    assert problems(store) == []
    assert doctor.mend(store.path(NAME), print) is False


def test_no_store_at_all_has_no_findings(tmp_path):
    assert list(doctor.examine(tmp_path / "none")) == []


def test_a_damaged_line_is_named_and_set_aside_byte_for_byte(store):
    edit(store, lambda data: data.replace(b'"question 1"', b'"question 1'))
    damaged = (store.path(NAME) / "journal.jsonl").read_bytes().split(b"\n")[2]

    assert (3, "a damaged line") in problems(store)
    assert doctor.mend(store.path(NAME), print)
    assert (store.path(NAME) / doctor.DAMAGED).read_bytes() == damaged + b"\n"
    assert store.read(NAME).totals.interactions == 2
    assert store.read(NAME).bad_lines == 0


def test_a_torn_tail_is_mended_and_the_next_append_works(store):
    with open(store.path(NAME) / "journal.jsonl", "ab") as file:
        file.write(b'{"v":2,"type":"interact')

    assert doctor.mend(store.path(NAME), print)
    assert problems(store) == []
    call = Interaction("id-9", "2026-01-02T03:04:05.000Z", "echo", "m", (Message("user", "x"),))
    assert store.append(NAME, [call]).totals.interactions == 4


def test_a_hand_edit_counts_and_is_reported(store):
    edit(store, lambda data: data.replace(b"question 1", b"question !"))

    assert problems(store) == [(3, "edited by hand (its CRC differs)")]


def test_a_deleted_line_shows_as_a_gap(store):
    edit(store, lambda data: b"\n".join(data.split(b"\n")[:2] + data.split(b"\n")[3:]))

    assert (3, "number 3 where 2 was due") in problems(store)


def test_wrong_totals_in_a_checkpoint_are_found_and_made_right(store):
    path = store.path(NAME) / checkpoints.NAME
    path.write_text(path.read_text().replace('"interactions":3', '"interactions":7'))

    assert any("totals" in problem for _line, problem in problems(store))
    doctor.mend(store.path(NAME), print)
    assert store.read(NAME).totals.interactions == 3
    assert problems(store) == []


def test_totals_that_an_earlier_version_did_not_count_are_no_damage(store):
    path = store.path(NAME) / checkpoints.NAME
    kept = json.loads(path.read_text())
    for later in (
        "tool_calls",
        "tool_errors",
        "said_input_tokens",
        "said_output_tokens",
        "estimated_tokens",
    ):
        del kept["totals"][later]
    path.write_text(json.dumps(kept))

    assert problems(store) == []


def test_old_drafts_are_removed_and_young_ones_left(store):
    folder = store.path(NAME)
    old, young, other = (
        folder / name
        for name in ("metadata.json.1.0123abcd.tmp", "metadata.json.2.89abcdef.tmp", "mine.tmp")
    )
    for path in (old, young, other):
        path.touch()
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    doctor.mend(folder, print)

    assert (old.exists(), young.exists(), other.exists()) == (False, True, True)


def test_a_folder_that_is_no_session_is_left_alone(store):
    draft = store.root / "projects/a.json.1.0123abcd.tmp"
    draft.parent.mkdir()
    draft.touch()
    os.utime(draft, (1, 1))

    assert problems(store) == [(None, "a folder without a session: left alone")]
    assert doctor.mend(draft.parent, print) is False
    assert draft.exists()


def test_a_session_of_a_newer_version_is_left_alone(store):
    path = store.path(NAME) / checkpoints.NAME
    path.write_text(path.read_text().replace('"schema":2', '"novel":1,"schema":99'))
    before = path.read_bytes()

    assert problems(store) == [(None, "made by a newer version: left alone")]
    assert doctor.mend(store.path(NAME), print) is False
    assert path.read_bytes() == before


def test_one_that_cannot_be_read_does_not_end_the_examination(store):
    store.ensure("a-pipe", About())
    journal = store.path("a-pipe") / "journal.jsonl"
    journal.unlink()
    os.mkfifo(journal)

    [(_line, problem)] = problems(store)
    assert problem.startswith("cannot be read: ")
    assert "not a regular file" in problem


def test_names_that_are_no_sessions_are_named_and_left_alone(store):
    (store.root / "Not A Session").mkdir()

    assert problems(store) == [(None, "not a session name: never opened")]


def journal(root, name=NAME):
    return root / name / "journal.jsonl"


def calls(store, name=NAME):
    return [entry.id for entry in store.entries(name) if isinstance(entry, Interaction)]


def test_a_repair_keeps_what_the_checkpoint_still_knew(files, root, call):
    files.ensure(NAME, About("implement", "auth", "/repo/shop"))
    before = files.append(NAME, [call(id="a"), call(id="b")])
    raw = journal(root).read_bytes().split(b"\n")
    raw[0], raw[1] = b"X" + raw[0][1:], b"X" + raw[1][1:]
    journal(root).write_bytes(b"\n".join(raw))

    assert doctor.mend(root / NAME, print)
    after = FileStore(root, fsync="none").read(NAME)
    assert (after.about, after.uid, after.created_at) == (
        before.about,
        before.uid,
        before.created_at,
    )
    assert after.totals == before.totals
    assert calls(files)[0] == "b"
    assert sum(one["cost_nusd"] for one in exported(files)[0]["interactions"]) == 33_000_000
