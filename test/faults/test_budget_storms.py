"""Eight processes spend one budget while some of them are killed and their sessions are moved.

Never is more than one call paid beyond the limit, and never is anything given back. With
AI_SESSIONS_LONG=1 the budget is twenty times as large, and so is the number of kills.
"""

import contextlib
import os
import random
import signal
import time
import traceback
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.assemble import stores
from ai_sessions.assemble.kit import kit as made
from ai_sessions.errors import AiSessionsError, LimitReached, NotFound
from ai_sessions.index import Index
from ai_sessions.index.calls import by
from ai_sessions.jobs import Job
from ai_sessions.ledger import reading
from ai_sessions.ledger.contract import Window
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.providers.contract import Quirks, Reply
from ai_sessions.records import About, Cost, Usage
from ai_sessions.run import run

CENT = 10_000_000
CALL = 7 * CENT
CHANCE = random.Random()  # noqa: S311 (no secret)
PROCESSES = 8
LONG = os.environ.get("AI_SESSIONS_LONG") == "1"
CALLS, KILLS = (1200, 200) if LONG else (60, 10)
LIMIT = CALLS * CALL
#: A call that would cost more is stopped at what it was told, one time in three.
WANTED = (CALL, CALL, 3 * CALL)


class Paid:
    """A model that says in a file what each call cost, in the moment that it is paid."""

    name = "paid"

    def __init__(self, log: Path, *, obeys: bool) -> None:
        self._log = log
        self.quirks = Quirks(keeps_context=False, edits_files=False, takes_budget=obeys)

    def run(self, request, watch):
        del watch
        nusd = CHANCE.choice(WANTED) if self.quirks.takes_budget else CALL
        if self.quirks.takes_budget:
            nusd = min(nusd, request.budget_nusd, CALL)
        with self._log.open("ab", buffering=0) as log:
            log.write(f"{nusd}\n".encode())
        return Reply("done", "m", Usage(10, 5), cost=Cost(nusd, "client"))


def kit_of(root: Path):
    settings = config.load(
        {"SESSION_DIR": str(root), "SESSION_FSYNC": "none", "BUDGET_MONTH": str(LIMIT / 10**9)}
    )
    store = stores.files(settings)
    return made(settings, store, lambda _event: None)


def spender(root: Path, log: Path, number: int) -> int:
    """A process that makes calls until one is refused."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        CHANCE.seed(number * 1000 + os.getpid())
        kit, obeys = kit_of(root), bool(number % 2)
        job = Job(
            f"plan-f{number}",
            About("plan", f"f{number}", "/shop"),
            "go on",
            root,
            "plan",
            model="m",
        )
        while True:
            with contextlib.suppress(NotFound):  # moved away before the call began
                run(job, Paid(log, obeys=obeys), kit)
    except LimitReached:
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def disturb(root: Path, store) -> None:
    """Discard one session and rename another, as far as nobody is using them."""
    names = store.names()
    for name in CHANCE.sample(names, min(2, len(names))):
        with contextlib.suppress(AiSessionsError):
            if CHANCE.random() < 0.5:
                store.discard(name)
            else:
                store.rename(name, f"{name.partition('-moved')[0]}-moved{CHANCE.randrange(10**6)}")


def used(root: Path) -> int:
    found = reading.used(str(root), 0, 2**63 - 1)
    return found[0] if found else 0


def used_or_held(root: Path) -> int:
    [found] = ledger_at(root).view([Window("all", LIMIT)]).windows
    return found.used + found.held


def paid_by_now(log: Path) -> int:
    return sum(map(int, log.read_text().split()))


def storm(root: Path, log: Path) -> None:
    """Spenders until all of them were refused; what was paid is used or held at every moment."""
    store = kit_of(root).store
    running = {spender(root, log, number): number for number in range(PROCESSES)}
    kills = KILLS
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            number = running.pop(pid)
            if os.WIFSIGNALED(status):
                running[spender(root, log, number)] = number
            else:
                assert os.WEXITSTATUS(status) == 0, "it was not refused, it failed"
            continue
        disturb(root, store)
        if kills and CHANCE.random() < 0.2:
            kills -= 1
            os.kill(CHANCE.choice(list(running)), signal.SIGKILL)
        paid = paid_by_now(log)
        assert used_or_held(root) >= paid, "something was given back"
        time.sleep(0.002)  # a turn for the others
    assert LONG or kills < KILLS, "nobody was killed"


@pytest.mark.parametrize("seed", range(3 if LONG else 1))
def test_a_budget_is_passed_by_one_call_at_most_whoever_is_killed(tmp_path, seed):
    CHANCE.seed(seed)
    root, log = tmp_path / "sessions", tmp_path / "paid"
    log.touch()
    run(
        Job("plan-first", About("plan", "first", "/shop"), "go on", root, "plan", model="m"),
        Paid(log, obeys=False),
        kit_of(root),
    )
    storm(root, log)

    paid = paid_by_now(log)
    assert paid <= LIMIT + CALL
    ledger_at(root).settle_gone()
    assert used(root) > LIMIT - CALL, "what is there may be used"
    assert used(root) <= LIMIT + CALL
    assert used(root) >= paid, "what a killed call paid counts as what it held"
    groups = by(Index(kit_of(root).store.source(), str(root)), "command").answer
    known = groups["plan"]["cost_nusd"]
    assert known <= paid <= known + groups["plan"]["unknown_costs"] * CALL


def test_a_killed_call_uses_up_what_it_held_and_the_next_is_refused(tmp_path):
    """Nobody knows what the first call of all may cost, so it holds all of the budget."""
    root, log = tmp_path / "sessions", tmp_path / "paid"

    class Killed(Paid):
        def run(self, request, watch):
            os.kill(os.getpid(), signal.SIGKILL)

    job = Job("plan-a", About("plan", "a", "/shop"), "go on", root, "plan", model="m")
    pid = os.fork()
    if not pid:
        run(job, Killed(log, obeys=False), kit_of(root))
    os.waitpid(pid, 0)

    with pytest.raises(LimitReached, match="month budget is used up"):
        run(job, Paid(log, obeys=False), kit_of(root))
