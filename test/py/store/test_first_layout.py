"""The first layout, one metadata.json with the interactions inside, is read and upgraded."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.index import Index, calls, search, sessions
from ai_sessions.records import About, Change
from ai_sessions.sessions import cleaning, export
from ai_sessions.store.files import FileStore, checkpoints, journal

NOW = datetime(2026, 11, 1, tzinfo=UTC)

NAME = "implement-auth-service"
OLD = {
    "session_name": NAME,
    "session_id": "5f2c",
    "command": "implement",
    "feature_id": "auth-service",
    "created_at": "2025-10-01T08:00:00Z",
    "last_used": "2025-10-02T09:00:00Z",
    "status": "active",
    "total_cost": 0.02,
    "interactions": [
        {
            "timestamp": "2025-10-01T08:00:00Z",
            "task_id": "T1.1",
            "model": "sonnet",
            "prompt": "do it",
            "response": "done",
            "input_tokens": 500,
            "output_tokens": 1000,
            "cost": 0.0165,
            "mood": "good",
        },
        {
            "timestamp": "2025-10-02T09:00:00Z",
            "model": "opus",
            "tokens": {"input": 7, "output": 8},
            "cost": "0.0035",
        },
        {"prompt": "no price"},
    ],
}


def written(root, metadata):
    folder = root / NAME
    folder.mkdir(parents=True)
    root.chmod(0o700)
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


def test_an_old_session_is_read_as_it_is(files, root):
    folder = written(root, OLD)
    session = files.read(NAME)

    assert session.about == About("implement", "auth-service")
    assert (session.created_at, session.last_used) == (OLD["created_at"], OLD["last_used"])
    assert session.totals.cost_nusd == 20_000_000
    assert (session.totals.interactions, session.totals.unknown_costs) == (3, 1)
    assert session.resume["claude"].id == "5f2c"
    assert session.notices == ("old layout: upgraded at the next write",)
    assert [path.name for path in folder.iterdir()] == ["metadata.json"]


def test_its_interactions_come_with_prompts_tokens_and_what_else_was_there(files, root):
    written(root, OLD)
    first, second, third = (entry for entry in files.entries(NAME) if hasattr(entry, "usage"))

    assert [message.text for message in first.messages] == ["do it", "done"]
    assert (first.task, first.detail) == ("T1.1", {"mood": "good"})
    assert (second.usage.input_tokens, second.cost.nusd) == (7, 3_500_000)
    assert third.cost.nusd is None


def test_the_first_write_upgrades_it_and_totals_stay_equal(files, root, call):
    folder = written(root, OLD)
    old = (folder / "metadata.json").read_bytes()
    before = files.read(NAME).totals
    after = files.append(NAME, [call()])

    assert after.totals.cost_nusd == before.cost_nusd + 16_500_000
    assert after.totals.interactions == before.interactions + 1
    assert (after.notices, after.last_used) == ((), "2025-11-21T03:00:01.000Z")
    assert (folder / "metadata.v1.json").read_bytes() == old
    assert stat.S_IMODE((folder / "metadata.v1.json").stat().st_mode) == 0o600
    assert files.ensure(NAME, About()).about == About("implement", "auth-service")


def test_a_large_one_is_read_and_upgraded_like_any_other(files, root, call):
    folder = written(root, {**OLD, "note": "x" * checkpoints.LARGEST_BYTES})
    assert files.read(NAME).totals.interactions == 3

    assert files.append(NAME, [call()]).totals.interactions == 4
    assert (folder / "metadata.v1.json").stat().st_size > checkpoints.LARGEST_BYTES


@pytest.mark.parametrize("left", [b'{"interactions": [{"cost": 1', b"[]", b"\xff"])
def test_one_that_cannot_be_read_is_told_and_set_aside_before_a_write(files, root, call, left):
    folder = written(root, {})
    (folder / "metadata.json").write_bytes(left)
    assert files.read(NAME).notices == (
        "metadata.json cannot be read: the next write sets it aside",
    )

    assert files.append(NAME, [call()]).totals.interactions == 1
    assert (folder / "metadata.damaged").read_bytes() == left


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2025-10-02T09:00:00", "2025-10-02T09:00:00.000Z"),
        ("2025-10-02 09:00:00", "2025-10-02T09:00:00.000Z"),
        ("2025-10-02T01:00:00+02:00", "2025-10-01T23:00:00.000Z"),
        (1759395600, "2025-10-02T09:00:00.000Z"),
        ("1759395600", "2025-10-02T09:00:00.000Z"),
        (1759395600123, "2025-10-02T09:00:00.123Z"),
        ("9" * 40, "9" * 40),
        (10**400, ""),
        ("2025-13-40", "2025-13-40"),
        ([2025], ""),
    ],
)
def test_times_of_every_form_become_times_in_utc(files, root, told, meant):
    written(root, {"created_at": "2025-10-01T08:00:00Z", "last_used": told, "interactions": []})

    assert files.read(NAME).last_used == (meant or "2025-10-01T08:00:00Z")


def test_a_second_upgrade_changes_nothing(files, root, call):
    folder = written(root, OLD)
    files.append(NAME, [call()])
    journal = (folder / "journal.jsonl").read_bytes()
    files.append(NAME, [])

    assert (folder / "journal.jsonl").read_bytes() == journal


def test_when_both_layouts_are_there_the_journal_wins(files, root, call):
    files.append(NAME, [call()])
    (root / NAME / "metadata.json").write_text(json.dumps(OLD))

    assert files.read(NAME).totals.interactions == 1


def test_an_empty_journal_does_not_hide_an_old_session(files, root, call):
    folder = written(root, OLD)
    (folder / "journal.jsonl").touch()

    assert len(list(files.entries(NAME))) == len(list(files.plain_entries(NAME))) - 1
    assert files.append(NAME, [call()]).totals.interactions == 4


@pytest.mark.parametrize(
    "odd",
    [
        {"interactions": []},
        {"interactions": None, "created_at": "x"},
        {"interactions": "many"},
        {"interactions": [1, None, {"cost": "free"}, {"cost": True}, {"tokens": 5}]},
        {"interactions": [{"cost": -1e400, "input_tokens": "9", "status": 4, "model": None}]},
        {"interactions": [{"prompt": "half \ud83d"}], "session_id": 7},
    ],
)
def test_odd_ones_are_read_and_upgraded_all_the_same(root, odd, call):
    folder = written(root, {})
    (folder / "metadata.json").write_text(json.dumps(odd).replace("-Infinity", "-1e400"))
    store = FileStore(root, fsync="data")
    before = store.read(NAME).totals.interactions

    assert store.append(NAME, [call()]).totals.interactions == before + 1
    assert len(list(store.entries(NAME))) >= before + 1


def test_a_thousand_interactions_are_upgraded(files, root, call):
    written(root, {**OLD, "interactions": OLD["interactions"][:1] * 1000})

    assert files.append(NAME, [call()]).totals.cost_nusd == 1001 * 16_500_000


@pytest.fixture
def old_store(root):
    """Five old sessions; returns what is in the files of all of them, now."""
    for number in range(5):
        written(root, OLD)
        (root / NAME).rename(root / f"implement-{number}")
    return lambda: {
        path.relative_to(root): path.read_bytes()
        for path in sorted(root.glob("implement-*/*"))
        if path.name not in (".lock", ".turn")
    }


def test_an_old_store_is_read_in_every_way_without_a_change(files, root, old_store):
    before = old_store()
    index = Index(files.source(), str(root), worthwhile=0)
    told = []
    export.export(files, export.Wanted(), told.append)
    listed = sessions.rows(index)

    assert sum(one["totals"]["interactions"] for one in listed) == 15
    assert len(search.search(index, "do it").hits) == 5
    assert calls.by(index, "model").answer["sonnet"]["cost_nusd"] == 5 * 16_500_000
    assert sum(len(one["interactions"]) for one in json.loads("".join(told))) == 15
    assert old_store() == before


def test_a_write_upgrades_one_old_session_and_leaves_the_others(files, root, old_store, call):
    before = old_store()
    files.append("implement-3", [call()])
    after = old_store()

    assert {path for path in before if path.parent.name != "implement-3"} == {
        path for path in after if path.parent.name != "implement-3" and after[path] == before[path]
    }
    assert sum(session.totals.interactions for session in files.sessions()) == 16


def test_an_old_session_is_cleaned_away_and_comes_back_whole(files, root, old_store):
    before = old_store()
    old = cleaning.unused(files, timedelta(days=30), NOW)

    assert len(cleaning.clean(files, old).gone) == 5
    assert (files.names(), len(files.discarded())) == ([], 5)
    for name in files.discarded():
        files.restore(name)
    assert old_store() == before


def test_a_checkpoint_of_an_earlier_version_is_taken_as_it_is(files, root, call, monkeypatch):
    files.append(NAME, [call()])
    path = root / NAME / "metadata.json"
    kept = json.loads(path.read_text())
    for later in ("git_folder", "root_commit", "carried", "forgot_ids_until", "calling", "pinned"):
        del kept[later]
    path.write_text(json.dumps(kept))
    monkeypatch.setattr(journal, "advance", None)  # nothing is made again from the journal

    assert [session.totals.interactions for session in files.sessions()] == [1]
    assert sessions.rows(Index(files.source(), str(root), worthwhile=0))[0]["name"] == NAME


@pytest.mark.parametrize(
    ("wrong", "cost_nusd", "input_tokens"),
    [
        ({"cost": -0.5}, None, 500),
        ({"cost": "1e400"}, None, 500),
        ({"cost": 1e12}, None, 500),
        ({"input_tokens": 10**25}, 16_500_000, 0),
        ({"input_tokens": -1, "tokens": {"input": 7}}, 16_500_000, 7),
    ],
)
def test_a_number_that_no_call_can_have_is_not_known(files, root, wrong, cost_nusd, input_tokens):
    """Else one old file would end `stats` over all sessions, and its call would be lost later."""
    first = {**OLD["interactions"][0], **wrong}
    written(root, {**OLD, "interactions": [first]})

    (group,) = calls.by(Index(files.source(), str(root)), "session").answer.values()
    assert group["input_tokens"] == input_tokens
    assert group["cost_nusd"] == (cost_nusd or 0)
    files.append(NAME, [Change("pinned", True)])
    (call,) = (entry for entry in files.entries(NAME) if hasattr(entry, "usage"))
    assert (call.cost.nusd, call.usage.input_tokens) == (cost_nusd, input_tokens)


def test_an_old_file_may_begin_with_a_byte_order_mark(files, root):
    folder = written(root, OLD)
    path = folder / "metadata.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert files.read(NAME).totals.interactions == 3
