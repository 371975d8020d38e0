"""Any sequence of what users, crashes and editors do: the store says what a simple model says."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ai_sessions.records import Change, Cost, Interaction, Message, Usage

NAMES = some.sampled_from(["plan-a", "plan-b"])
STEPS = some.one_of(
    some.tuples(some.just("append"), NAMES, some.integers(0, 10**12)),
    some.tuples(some.just("unpriced"), NAMES, some.just(0)),
    some.tuples(some.just("repeat"), NAMES, some.just(0)),
    some.tuples(some.just("status"), NAMES, some.integers(0, 9)),
    some.tuples(some.just("tear"), NAMES, some.integers(1, 60)),
    some.tuples(some.just("lose checkpoint"), NAMES, some.just(0)),
    some.tuples(some.just("old checkpoint"), NAMES, some.just(0)),
    some.tuples(some.just("damage checkpoint"), NAMES, some.integers(0, 400)),
    some.tuples(some.just("redact"), NAMES, some.integers(0, 20)),
    some.tuples(some.just("discard"), NAMES, some.just(0)),
)


class Model:
    """The store beside a dict that says what must be in it."""

    def __init__(self, root, store):
        self.root, self.store = root, store
        self.truth, self.last, self.old = {}, {}, {}
        self.count = 0
        self.forgotten = set()

    def step(self, kind, name, number):
        known = self.truth.get(name)
        if kind in {"append", "unpriced"}:
            self.count += 1
            cost = Cost(number, "client") if kind == "append" else Cost()
            said = (Message("user", f"<word {self.count}>"),)
            self.append(name, Interaction(f"i{self.count}", "", "p", "m", said, Usage(1, 2), cost))
        elif kind == "status":
            self.store.append(name, [Change("status", f"s{number}")])
            self.truth.setdefault(name, {"ids": [], "cost": 0, "unknown": 0})["status"] = (
                f"s{number}"
            )
        elif known is not None:
            getattr(self, kind.replace(" ", "_"))(name, number)
        self.check()

    def append(self, name, call):
        self.store.append(name, [call])
        known = self.known(name)
        self.last[name] = call
        known["ids"].append(call.id)
        known["cost"] += call.cost.nusd or 0
        known["unknown"] += call.cost.nusd is None

    def known(self, name):
        return self.truth.setdefault(name, {"ids": [], "cost": 0, "unknown": 0})

    def repeat(self, name, _number):
        if name in self.last:
            self.store.append(name, [self.last[name]])

    def tear(self, name, number):
        with (self.root / name / "journal.jsonl").open("ab") as journal:
            journal.write(b'{"v":2,"type":"interaction","seq":99,"id":"never","ts":""}'[:number])

    def lose_checkpoint(self, name, _number):
        path = self.root / name / "metadata.json"
        self.old[name] = path.read_bytes() if path.exists() else b""
        path.unlink(missing_ok=True)

    def old_checkpoint(self, name, _number):
        if name in self.old:
            (self.root / name / "metadata.json").write_bytes(self.old[name])

    def damage_checkpoint(self, name, number):
        path = self.root / name / "metadata.json"
        if path.exists() and number < path.stat().st_size:
            raw = bytearray(path.read_bytes())
            raw[number:] = b""
            path.write_bytes(raw)

    def redact(self, name, number):
        if known := self.truth[name]["ids"]:
            chosen = known[number % len(known)]
            entry = next(one for one in self.store.entries(name) if one.id == chosen)
            assert self.store.redact(name, entry.seq) == (name,)
            self.forgotten.add(f"<word {chosen[1:]}>".encode())

    def discard(self, name, _number):
        assert self.store.discard(name)
        for known in (self.truth, self.last, self.old):
            known.pop(name, None)

    def check(self):
        kept = [path.read_bytes() for path in self.root.rglob("*") if path.is_file()]
        assert not any(word in raw for raw in kept for word in self.forgotten)
        assert [session.name for session in self.store.sessions()] == sorted(self.truth)
        for session in self.store.sessions():
            known = self.truth[session.name]
            entries = self.store.entries(session.name)
            assert [e.id for e in entries if isinstance(e, Interaction)] == known["ids"]
            assert session.totals.interactions == len(known["ids"])
            assert session.totals.cost_nusd == known["cost"]
            assert session.totals.unknown_costs == known["unknown"]
            assert session.status == known.get("status", "active")


def test_the_store_agrees_with_the_model(faults):
    @settings(
        max_examples=200 if faults.long else 25,
        deadline=None,
        database=None,
        derandomize=not faults.long,
        suppress_health_check=list(HealthCheck),
    )
    @given(some.lists(STEPS, max_size=25))
    def agree(steps):
        root = Path(tempfile.mkdtemp()) / "sessions"
        try:
            model = Model(root, faults.store(root))
            for kind, name, number in steps:
                model.step(kind, name, number)
        finally:
            shutil.rmtree(root.parent)

    agree()
