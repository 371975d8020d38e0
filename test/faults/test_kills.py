"""kill -9: at random moments, and before, in the middle of and after every system call."""

import dataclasses
import io
import json
import random
import shutil
import signal
import uuid
from functools import partial

import pytest

from ai_sessions import ids
from ai_sessions.index import Index, passages, vectors
from ai_sessions.index import search as words
from ai_sessions.records import Change, Message, Note, Resume, Said
from ai_sessions.sessions import export, importing, reading, redacting
from ai_sessions.sessions.batches import batches
from ai_sessions.store.files import doctor, spool

OLD = {
    "created_at": "2025-10-01T08:00:00Z",
    "interactions": [
        {"input_tokens": 500, "output_tokens": 1000, "cost": 0.5},
        {"input_tokens": 500, "output_tokens": 1000, "cost": 0.25},
    ],
}
SMALL, LARGE = 20, 4 << 20


def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(root, faults):
    chance = random.Random(11)  # noqa: S311 (no secret)
    acked, torn = [], 0
    journal = root / faults.name / "journal.jsonl"
    for turn in faults.times(25, 500):
        size = LARGE if turn % 5 == 0 else SMALL

        def work(say, turn=turn, size=size):
            store = faults.store(root)
            for number in range(10_000):
                store.append(faults.name, [faults.call(f"{turn}-{number}", size)])
                say(f"{turn}-{number}")

        if turn % 20 == 0:
            shutil.rmtree(root, ignore_errors=True)
            acked = []
        pid, said = faults.fork(work)
        acked += [said.readline().strip() for _ in range(chance.randrange(3))]
        before = journal.stat().st_size if journal.exists() else 0
        while size == LARGE and (not journal.exists() or journal.stat().st_size == before):
            pass  # strike while it writes
        faults.kill(pid)
        acked += said.read().splitlines()
        said.close()
        torn += journal.exists() and not journal.read_bytes().endswith(b"\n")
        acked = faults.promises(root, acked)
    faults.goes_on(root, acked)
    assert torn >= (5 if faults.long else 1), "the test did not test"


def new(root, faults):
    return []


def existing(root, faults):
    faults.store(root).append(faults.name, [faults.call("a"), faults.call("b")])
    return ["a", "b"]


def torn(root, faults):
    existing(root, faults)
    with (root / faults.name / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"v":2,"type":"inter')
    return ["a", "b"]


def old_layout(root, faults):
    (root / faults.name).mkdir(parents=True, mode=0o700)
    root.chmod(0o700)
    (root / faults.name).chmod(0o700)
    (root / faults.name / "metadata.json").write_text(json.dumps(OLD))
    (root / faults.name / "metadata.json").chmod(0o600)
    return ["v1-1", "v1-2"]


def lost_journal(root, faults):
    existing(root, faults)
    (root / faults.name / "journal.jsonl").unlink()
    return []


@pytest.mark.parametrize("start", [new, existing, torn, old_layout])
@pytest.mark.parametrize("strike", ["die", "die_half_way"])
def test_death_at_any_system_call_of_an_append_keeps_every_promise(tmp_path, faults, start, strike):
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)
        acked = start(root, faults)

        def work(say, root=root, number=number):
            faults.intercept(number, getattr(faults, strike))
            faults.store(root, fsync="full").append(faults.name, [faults.call("c")])

        code = faults.run(work)[1]
        faults.goes_on(root, [*acked, "c"] if code == 0 else acked)
        shutil.rmtree(root)
    assert code == 0
    assert number > 15


def test_death_while_sums_are_carried_over_loses_no_money(tmp_path, faults):
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)
        lost_journal(root, faults)

        def work(say, root=root, number=number):
            faults.intercept(number, faults.die_half_way)
            faults.store(root).append(faults.name, [faults.call("c")])

        code = faults.run(work)[1]
        faults.store(root).append(faults.name, [faults.call("c")])
        totals = faults.store(root).read(faults.name).totals
        assert (totals.interactions, totals.cost_nusd) == (3, 3 * 16_500_001)
        shutil.rmtree(root)


@pytest.mark.parametrize("verb", ["discard", "restore", "rename"])
def test_death_while_a_session_is_moved_leaves_it_whole_in_one_place(tmp_path, faults, verb):
    arguments = {"discard": (faults.name,), "restore": (faults.name,)}
    arguments["rename"] = (faults.name, "plan-y")
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)
        store = faults.store(root)
        before = store.append(faults.name, [faults.call("a")])
        if verb == "restore":
            store.discard(faults.name)

        def work(say, store=store, number=number):
            faults.intercept(number, faults.die, ("rename", "mkdir", "open", "fsync"))
            getattr(store, verb)(*arguments[verb])

        code = faults.run(work)[1]
        live = [session.uid for session in store.sessions()]
        assert live + [name for name in store.discarded() if not live] in (
            [before.uid],
            [faults.name],
        )
        assert len(live) + len(store.discarded()) == 1
        shutil.rmtree(root)


def test_death_while_an_export_is_written_leaves_the_old_file_or_the_new_one(tmp_path, faults):
    store = faults.store(tmp_path / "sessions")
    store.append(faults.name, [faults.call("a", LARGE)])
    target, old = tmp_path / "backup.json", b"the one of yesterday"
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        target.write_bytes(old)

        def work(say, number=number):
            faults.intercept(number, faults.die)
            with export.draft(str(target)) as file:
                export.export(store, export.Wanted(), file.write)

        code = faults.run(work)[1]
        found = target.read_bytes()
        assert found == old or len(json.loads(found)[0]["interactions"]) == 1
    assert (code, found == old) == (0, False)
    assert number > 5


@pytest.mark.parametrize("strike", ["die", "die_half_way"])
def test_death_at_any_system_call_of_a_repair_loses_no_byte(tmp_path, faults, strike):
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)
        faults.store(root).append(faults.name, [faults.call(f"i{n}") for n in range(5)])
        journal = root / faults.name / "journal.jsonl"
        raw = journal.read_bytes().replace(b'"i2"', b' i2"', 1)
        journal.write_bytes(raw)
        [broken] = [line for line in raw.split(b"\n") if b' i2"' in line]

        def work(say, root=root, number=number):
            faults.intercept(number, getattr(faults, strike))
            doctor.mend(root / faults.name, print)

        code = faults.run(work)[1]
        assert broken in journal.read_bytes() + _damaged(root / faults.name)
        doctor.mend(root / faults.name, print)
        assert broken in _damaged(root / faults.name)
        totals = faults.store(root).read(faults.name).totals
        assert (totals.interactions, totals.cost_nusd) == (5, 5 * 16_500_001)
        shutil.rmtree(root)
    assert code == 0
    assert number > 10


def _damaged(folder):
    path = folder / doctor.DAMAGED
    return path.read_bytes() if path.exists() else b""


def imported(root, text, faults):
    """What an import of `text` says, in a store at `root`."""
    found = reading.sessions(io.StringIO(text), faults.store(root).scratch)
    at = lambda moment: faults.store(root, now=lambda: moment)  # noqa: E731
    return [importing.bring_in(one, at, 60) for one in found]


def exported(store):
    """All sessions, whether or not a line was left half-written on the way."""
    parts = []
    export.export(store, export.Wanted(envelope=True), parts.append)
    found = json.loads("".join(parts))
    for session in found["sessions"]:
        session.pop("notices", None)
    return json.dumps(found)


@pytest.fixture
def backup(tmp_path, faults):
    """An export of two sessions with entries of every kind, and what its import gives."""
    store = faults.store(tmp_path / "from")
    for name in (faults.name, "plan-y"):
        calls = [faults.call(f"{name}-{number}") for number in range(5)]
        store.append(name, [*calls, Note("todo", {"task": "T1"}), Change("tags", ["a"])])
        store.append(name, [Change("status", "done"), Change("resume.claude", Resume("r1"))])
    text = exported(store)
    imported(tmp_path / "to", text, faults)
    return text, exported(faults.store(tmp_path / "to"))


@pytest.mark.parametrize("strike", ["die", "die_half_way"])
def test_an_import_that_dies_at_any_system_call_is_completed_by_the_next_one(
    tmp_path, faults, backup, monkeypatch, strike
):
    text, whole = backup
    monkeypatch.setattr(importing, "batches", partial(batches, most=4))
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)

        def work(say, root=root, number=number):
            faults.intercept(number, getattr(faults, strike))
            imported(root, text, faults)

        code = faults.run(work)[1]
        imported(root, text, faults)
        assert exported(faults.store(root)) == whole
        assert {path.name for path in root.iterdir()} <= {faults.name, "plan-y", ".spool"}
        shutil.rmtree(root)
    assert code == 0
    assert number > 50


def test_imports_at_once_add_nothing_twice(tmp_path, faults, backup, monkeypatch):
    text, whole = backup
    monkeypatch.setattr(importing, "batches", partial(batches, most=1))
    for _ in faults.times(2, 50):
        root = tmp_path / "sessions"
        children = [
            faults.fork(lambda say, root=root: imported(root, text, faults)) for _ in range(3)
        ]
        assert [faults.wait(pid) for pid, said in children if said.read() == ""] == [0, 0, 0]
        assert exported(faults.store(root)) == whole
        shutil.rmtree(root)


SECRET = b"hunter2"


def with_copies(root, faults):
    """A session with a secret, and all else on the disk that may have it."""
    store = faults.store(root)
    shown = Message("user", SECRET.decode())
    call = dataclasses.replace(faults.call("a"), id=str(uuid.UUID(int=7)), messages=(shown,))
    store.append(faults.name, [call, faults.call("b")])
    copied(store, faults.name, "plan-fork")
    for name in ("plan-x-old", "plan-z"):
        shutil.copytree(root / faults.name, root / name)
    store.discard("plan-x-old")
    spool.keep(
        root, faults.name, {}, [one for one in store.plain_entries(faults.name) if "id" in one]
    )
    (root / faults.name / "logs").mkdir(mode=0o700)
    for left in ("logs/1-claude-1.out", "journal.damaged", "metadata.v1.json"):
        (root / faults.name / left).write_bytes(SECRET)
    words.search(Index(store.source(), str(root), worthwhile=0), SECRET.decode())
    vectors.add(str(root), {passages.digest(SECRET.decode()): b"vector of " + SECRET})
    return store


def copied(store, name, new):
    """A fork as an earlier version made it."""
    uid = store.read(name).uid
    store.append(new, [Note("fork", {"from": name, "uid": uid})])
    for entry in store.entries(name):
        for number, message in enumerate(entry.messages):
            store.append(new, [Said(message, id=ids.forked(uid, f"{entry.seq}.{number}"))])


def spoken(root):
    return [path for path in root.rglob("*") if path.is_file() and SECRET in path.read_bytes()]


@pytest.mark.parametrize("strike", ["die", "die_half_way"])
def test_death_at_any_system_call_of_a_redaction_is_made_good_by_the_next_one(
    tmp_path, faults, strike
):
    def redact(store):
        index = Index(store.source(), str(store.root), worthwhile=0)
        sought = redacting.find(store, faults.name, "1")
        return redacting.redact(store, index, sought)

    started = tmp_path / "started"
    before = with_copies(started, faults).read(faults.name)
    assert len(spoken(started)) >= 8
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1 if number < 40 or faults.long else 7
        root = tmp_path / str(number)
        shutil.copytree(started, root)
        store = faults.store(root)

        def work(say, store=store, number=number):
            faults.intercept(number, getattr(faults, strike))
            redact(store)

        code = faults.run(work)[1]
        for name in (faults.name, "plan-z", "plan-fork"):
            said = [one for one in store.plain_entries(name) if one["type"] != "session"]
            assert len(said) == (4 if name == "plan-fork" else 2)
        assert store.read(faults.name).totals == before.totals
        assert not spoken(root) if code == 0 else redact(store).seq == 1
        assert spoken(root) == []
        assert store.read(faults.name).totals == before.totals
        assert store.append(faults.name, [faults.call("c")]).totals.interactions == 3
        shutil.rmtree(root)
    assert code == 0
    assert number > 60
