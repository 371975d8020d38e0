"""Every verb that moves, copies, rewrites or deletes sessions, against writers, with kill -9.

Writers append to a few sessions while other processes clean, remove, rename, fork, import, restore,
purge and redact them, and ask the index; all of them are killed at any moment and replaced.
"""

import contextlib
import io
import json
import os
import random
import selectors
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta

from ai_sessions.conversations import forking
from ai_sessions.errors import AiSessionsError
from ai_sessions.index import Index, calls
from ai_sessions.records import About, Interaction, Note
from ai_sessions.sessions import cleaning, export, importing, reading, removing
from ai_sessions.store.files import journal, trash

NAMES = [f"plan-{letter}" for letter in "abcd"]
BACKUP = "backup-x"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DECOY_CALLS = 3


class Verbs:
    """One verb at a time, each upon sessions that others use as well."""

    def __init__(self, faults, root, backup, seed):
        self.faults, self.root, self.backup = faults, root, backup
        self.store = faults.store(root, lock_timeout_s=1)
        self.chance = random.Random(seed)  # noqa: S311 (no secret)
        self.all = [
            *(self.clean, self.remove, self.rename, self.fork, self.bring_in, self.restore),
            *(self.purge, self.redact, self.ask),
        ]

    def one_of(self, names):
        return self.chance.choice(names) if names else NAMES[0]

    def clean(self):
        keep = [name for name in NAMES if self.chance.random() < 0.8]
        found = cleaning.unused(self.store, timedelta(0), datetime.now(UTC), keep)
        assert not any("damaged" in reason for reason in cleaning.clean(self.store, found).failed)

    def remove(self):
        removing.remove(self.store, [self.one_of(self.store.names())], str)

    def rename(self):
        old = self.one_of(self.store.names())
        new = old.removesuffix("-2") if old.endswith("-2") else f"{old}-2"
        self.store.rename(old, new)

    def fork(self):
        new = f"fork-{self.chance.randrange(6)}"
        forking.fork(self.store, self.one_of(self.store.names()), new, datetime.now(UTC))

    def bring_in(self):
        for one in reading.sessions(io.StringIO(self.backup), self.store.scratch):
            importing.bring_in(one, lambda _at: self.store, 1)

    def restore(self):
        name = self.one_of(self.store.discarded())
        session = self.store.restore(name)
        if name.startswith("decoy") and session.totals.interactions != DECOY_CALLS:
            # killed before its calls were written, which is told from damage by purge
            assert (session.totals.interactions, session.notices) == (0, ())

    def purge(self):
        """What was removed long ago is deleted, and nothing else."""
        then = self.faults.store(self.root, now=lambda: LONG_AGO, lock_timeout_s=1)
        name = f"decoy-{self.chance.randrange(3)}-{self.chance.randrange(1 << 30)}"
        then.append(name, [self.faults.call(f"{name}-{n}") for n in range(DECOY_CALLS)])
        then.discard(name)
        self.store.purge(LONG_AGO + timedelta(days=1))

    def redact(self):
        name = self.one_of(self.store.names())
        said = [one for one in self.store.entries(name, last=20) if isinstance(one, Interaction)]
        if said:
            self.store.redact(name, self.chance.choice(said).seq)

    def ask(self):
        calls.plain(Index(self.store.source(), os.fspath(self.root)))


class Crowd:
    """Processes that write and processes that do verbs; each that is killed is replaced."""

    def __init__(self, faults, root, backup, writers, others):
        self.faults, self.root, self.backup = faults, root, backup
        self.kinds = [self.write] * writers + [self.disturb] * others
        self.chance = random.Random(7)  # noqa: S311 (no secret)
        self.acked: list[str] = []
        self.kills = self.begun = 0

    def write(self, number, say):
        store = self.faults.store(self.root, lock_timeout_s=60)
        for turn in range(1 << 30):
            ident = f"w{number}-{turn}"
            with contextlib.suppress(AiSessionsError):
                store.append(NAMES[(number + turn) % len(NAMES)], [self.faults.call(ident)])
                say(ident)

    def disturb(self, number, say):
        verbs = Verbs(self.faults, self.root, self.backup, number)
        while True:
            with contextlib.suppress(AiSessionsError):
                verbs.chance.choice(verbs.all)()
            say("")  # ends this process when nobody listens any more

    def start(self, kind):
        self.begun += 1
        number = self.begun
        pid, said = self.faults.fork(lambda say: kind(number, say))
        self.waiting.register(said, selectors.EVENT_READ, (pid, kind))

    def end(self, said, pid):
        """Kill one; it must not have ended by itself, which only an unforeseen error does."""
        os.kill(pid, signal.SIGKILL)
        self.acked += said.read().split()  # it told of these before it died
        self.waiting.unregister(said)
        said.close()
        assert self.faults.wait(pid) == -signal.SIGKILL
        self.kills += 1

    def work(self, acknowledged, between):
        """Until so many more writes are acknowledged, with a kill after `between` of them."""
        self.waiting = selectors.DefaultSelector()
        for kind in self.kinds:
            self.start(kind)
        enough, next_kill = len(self.acked) + acknowledged, len(self.acked) + between
        try:
            while len(self.acked) < enough:
                for key, _ in self.waiting.select():
                    line = key.fileobj.readline()
                    assert line, "a process has ended by itself"
                    self.acked += line.split()
                if len(self.acked) >= next_kill:
                    next_kill = len(self.acked) + between
                    victim = self.chance.choice(list(self.waiting.get_map().values()))
                    self.end(victim.fileobj, victim.data[0])
                    self.start(victim.data[1])
        finally:
            left = list(self.waiting.get_map().values())
            for key in left:
                os.kill(key.data[0], signal.SIGKILL)
            for key in left:
                self.end(key.fileobj, key.data[0])


def in_trash(root):
    """Ids of the calls in the trash; torn lines were never acknowledged."""
    logs = [folder / journal.NAME for folder in trash.discarded(root)]
    for log in filter(os.path.exists, logs):  # who is killed first of all leaves an empty folder
        for line in log.read_bytes().splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if entry["type"] == "interaction":
                    yield entry["id"]


def check(faults, root, acked):
    """Nothing lost, nothing doubled, every session readable, sums and index right."""
    store = faults.store(root)
    store.append("last", [faults.call(f"last-{len(acked)}")])  # brings in what waits
    found = Counter(in_trash(root))
    for row in store.source().rows():
        assert not row.get("notices") or row["journal"]["bad_lines"], row  # of lines cut by a kill
        assert sum(1 for _ in store.plain_entries(row["name"]))
        found.update(faults.promises(root, [], spare=1 << 30, name=row["name"]))
    assert [ident for ident in acked if not found[ident]] == []
    assert [ident for ident, count in found.items() if ident[0] == "w" and count > 1] == []
    kept = calls.plain(Index(store.source(), os.fspath(root)))
    anew = calls.plain(Index(store.source()))
    assert kept.unreadable == anew.unreadable == []
    assert sorted(map(str, kept.answer)) == sorted(map(str, anew.answer))


def backup_of(faults, place):
    store = faults.store(place)
    store.ensure(BACKUP, About("plan", "x", uid="the-same"))
    store.append(BACKUP, [faults.call(f"b{number}") for number in range(50)])
    store.append(BACKUP, [Note("todo", {"task": "T1"})])
    parts: list[str] = []
    export.export(store, export.Wanted(), parts.append)
    return "".join(parts)


def test_nothing_is_lost_when_every_verb_races_writers_that_are_killed(tmp_path, root, faults):
    backup = backup_of(faults, tmp_path / "from")
    crowd = Crowd(faults, root, backup, *((6, 6) if faults.long else (3, 3)))
    for _ in faults.times(2, 25):
        crowd.work(*((300, 10) if faults.long else (60, 6)))
        check(faults, root, crowd.acked)
    if faults.long:
        print(f"{len(crowd.acked):,} acknowledged, {crowd.kills:,} killed, 0 lost")
    verbs = Verbs(faults, root, backup, 0)
    verbs.bring_in()
    whole = {f"b{number}" for number in range(50)}
    assert whole <= {getattr(one, "id", "") for one in verbs.store.entries(BACKUP)}
