"""Stores that are broken on purpose: a suite that lets one of them pass would be testing nothing.

The store without its inner lock is in test_many_writers, the one without syncs in test_power_cuts.
"""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ai_sessions.disk import files
from ai_sessions.display import briefs
from ai_sessions.index import Index, sessions
from ai_sessions.records import Cost, Interaction
from ai_sessions.store import totals
from ai_sessions.store.files import checkpoints, source, writing
from ai_sessions.store.files.source import FileSource

DIME = 100_000_000


def torn(faults, root):
    """An acknowledged append, half a line of a killed writer, another acknowledged append."""
    faults.store(root).append(faults.name, [faults.call("a")])
    with (root / faults.name / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"v":2,"type":"inter')
    faults.store(root).append(faults.name, [faults.call("b")])
    faults.goes_on(root, ["a", "b"], spare=0)


def priced(faults, root):
    """Ten calls of ten cents are a dollar."""
    for number in range(10):
        call = Interaction(f"c{number}", "", "p", "m", (), cost=Cost(DIME, "client"))
        faults.store(root).append(faults.name, [call])
    assert faults.store(root).read(faults.name).totals.cost_nusd == 10 * DIME


def crowded(faults, root):
    """Eight writers in one session, none of whom reads what another one is writing."""

    def work(number):
        def append(say):
            for turn in range(20):
                faults.store(root).append(faults.name, [faults.call(f"{number}-{turn}")])
                say(f"{number}-{turn}")

        return append

    children = [faults.fork(work(number)) for number in range(8)]
    acked = []
    for pid, said in children:
        with said:
            acked += said.read().splitlines()
        assert faults.wait(pid) == 0
    faults.goes_on(root, acked, spare=0)
    raw = list(faults.store(root).plain_entries(faults.name))
    assert [entry["seq"] for entry in raw] == list(range(len(raw)))


def rows(root):
    return sessions.rows(Index(FileSource(root), str(root), worthwhile=0))


def looked_at(faults, root):
    """A list after an append whose times were put back is as new as the append."""
    faults.store(root).append(faults.name, [faults.call("a")])
    rows(root)
    faults.store(root).append(faults.name, [faults.call("b")])
    found = rows(root)
    assert found == list(map(briefs.public, checkpoints.rows(root)))


def no_seal(monkeypatch):
    original = writing.Writer._commit

    def commit(self, data):
        self._torn = False
        return original(self, data)

    monkeypatch.setattr(writing.Writer, "_commit", commit)


def no_locks(monkeypatch):
    none = SimpleNamespace(held=lambda *_args: nullcontext(), lock_file=lambda *_args: None)
    monkeypatch.setattr(writing, "locks", none)


def float_totals(monkeypatch):
    def add(sums, counts):
        added = counts.get(None, {})
        sums["interactions"] += added.get("interactions", 0)
        sums["cost"] = sums.get("cost", 0.0) + added.get("cost_nusd", 0) / 1e9
        sums["cost_nusd"] = int(sums["cost"] * 1e9)

    monkeypatch.setattr(totals, "_apply_counts", add)


def index_keyed_by_the_folder(monkeypatch):
    """The folder's inode, and nothing that an append changes."""

    def of_folder(top, name, _had_none):
        return files.os.stat(name, dir_fd=top).st_ino, 1, 0, 0

    monkeypatch.setattr(source, "_state", of_folder)


MUTANTS = [
    (no_seal, torn),
    (no_locks, crowded),
    (float_totals, priced),
    (index_keyed_by_the_folder, looked_at),
]


@pytest.mark.parametrize("check", [check for _mutant, check in MUTANTS])
def test_the_store_passes(tmp_path, faults, check):
    check(faults, tmp_path / "sessions")


@pytest.mark.parametrize(("mutant", "check"), MUTANTS)
def test_a_broken_store_does_not(tmp_path, faults, monkeypatch, capfd, mutant, check):
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        for attempt in range(20):
            check(faults, tmp_path / str(attempt))
