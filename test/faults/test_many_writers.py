"""Many processes at once: nothing lost, numbers without a gap, readers never disturbed."""

import contextlib
import random
from types import SimpleNamespace

import pytest

from ai_sessions.disk import locks
from ai_sessions.errors import NotFound
from ai_sessions.records import Interaction
from ai_sessions.store.files import writing


def writers(faults, root, names, count, appends, busy=lambda: None):
    """Fork `count` writers, do `busy` until they are done; the acknowledged ids by session."""

    def work(number):
        def append(say):
            store = faults.store(root)
            for turn in range(appends):
                name = names[number % len(names)]
                store.append(name, [faults.call(f"{number}-{turn}")])
                say(f"{name} {number}-{turn}")

        return append

    children = [faults.fork(work(number)) for number in range(count)]
    acked = {name: [] for name in names}
    for pid, said in children:
        while line := _next(said, busy):
            name, ident = line.split()
            acked[name].append(ident)
        said.close()
        assert faults.wait(pid) == 0
    return acked


def _next(said, busy):
    busy()
    return said.readline()


def check(faults, root, acked):
    for name, ids in acked.items():
        faults.goes_on(root, ids, spare=0, name=name)
        raw = list(faults.store(root).plain_entries(name))
        assert [entry["seq"] for entry in raw] == list(range(len(raw)))
        assert faults.store(root).read(name).bad_lines == 0


@pytest.mark.parametrize("names", [["plan-x"], [f"plan-{n}" for n in range(16)]], ids=len)
def test_nothing_is_lost_when_many_append_at_once(root, faults, names):
    count, appends = (16, 100) if faults.long else (8, 25)
    acked = writers(faults, root, names, count, appends)

    assert sum(map(len, acked.values())) == count * appends
    check(faults, root, acked)


def test_nothing_is_lost_when_the_lock_file_is_deleted_again_and_again(root, faults):
    count, appends = (16, 100) if faults.long else (4, 25)
    lock = root / faults.name / ".lock"
    acked = writers(
        faults, root, [faults.name], count, appends, lambda: lock.unlink(missing_ok=True)
    )

    assert len(acked[faults.name]) == count * appends
    check(faults, root, acked)


def test_without_the_lock_on_the_journal_that_test_would_fail(root, faults, monkeypatch):
    """The mutant: it shows that the test above tests something."""
    lock = root / faults.name / ".lock"
    outer_only = SimpleNamespace(held=locks.held, lock_file=lambda *_args: None)
    monkeypatch.setattr(writing, "locks", outer_only)
    with pytest.raises(AssertionError):
        for _ in range(20):
            acked = writers(
                faults, root, [faults.name], 4, 25, lambda: lock.unlink(missing_ok=True)
            )
            check(faults, root, acked)


def test_readers_never_fail_and_counts_never_go_down(root, faults):
    store, counts = faults.store(root), [0]

    journal = root / faults.name / "journal.jsonl"

    def look():
        if journal.exists() and journal.stat().st_size:  # before that there is no session yet
            counts.append(store.read(faults.name).totals.interactions)
            assert sum(1 for _ in store.entries(faults.name)) >= counts[-1]

    count, appends = (8, 100) if faults.long else (3, 15)
    check(faults, root, writers(faults, root, [faults.name], count, appends, look))
    assert counts == sorted(counts)


def test_the_same_id_from_two_processes_is_one_interaction(root, faults):
    faults.store(root).append(faults.name, [])
    for turn in faults.times(10, 50):

        def work(say, turn=turn):
            totals = faults.store(root).append(faults.name, [faults.call(f"same-{turn}")]).totals
            say(totals.interactions)

        children = [faults.fork(work) for _ in range(2)]
        said = [lines.read().split() for _, lines in children]
        assert [faults.wait(pid) for pid, _ in children] == [0, 0]
        assert said == [[f"{turn + 1}"]] * 2
        for _, lines in children:
            lines.close()


def test_discarding_while_others_append_loses_and_doubles_nothing(root, faults):
    store, chance = faults.store(root), random.Random(5)  # noqa: S311 (no secret)
    store.append(faults.name, [])

    def clean():
        if chance.random() < 0.3 and (root / faults.name).exists():
            with contextlib.suppress(NotFound):  # a writer has made its folder and no more
                store.discard(faults.name)

    count, appends = (6, 300) if faults.long else (3, 20)
    acked = writers(faults, root, [faults.name], count, appends, clean)[faults.name]
    found = []
    while True:
        if (root / faults.name).exists():
            entries = store.entries(faults.name)
            found += [entry.id for entry in entries if isinstance(entry, Interaction)]
            (root / faults.name).rename(root / f".done-{len(found)}-{chance.random()}")
        if faults.name not in store.discarded():
            break
        store.restore(faults.name)
    assert sorted(found) == sorted(acked)
    assert len(acked) == count * appends


def test_redacting_while_others_append_loses_and_doubles_nothing(root, faults):
    """A writer that waits for its lock meanwhile writes into the new journal."""
    store, chance = faults.store(root), random.Random(6)  # noqa: S311 (no secret)
    store.append(faults.name, [faults.call("first", 4000)])

    def redact():
        if chance.random() < 0.3:
            assert store.redact(faults.name, 1) == (faults.name,)

    count, appends = (6, 300) if faults.long else (3, 20)
    acked = writers(faults, root, [faults.name], count, appends, redact)[faults.name]
    redact()
    check(faults, root, {faults.name: ["first", *acked]})
    assert b"u" * 4000 not in (root / faults.name / "journal.jsonl").read_bytes()
