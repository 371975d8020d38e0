"""Calls that no session has count in every grouping: exactly once, whatever becomes of sessions."""

import os
import shutil
import signal

import pytest

from ai_sessions import config, ids
from ai_sessions.assemble import ledgers, stores
from ai_sessions.index import Index
from ai_sessions.index.calls import by
from ai_sessions.ledger.contract import Lease, Need
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.records import About, Cost, Interaction, Usage

AT = "2026-11-28T10:00:00.000Z"
WORK = About("plan", "pay", "/shop")


@pytest.fixture
def settings_here(tmp_path):
    return config.load({"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none"})


@pytest.fixture
def kept(settings_here):
    return stores.files(settings_here)


@pytest.fixture
def sums(settings_here, kept, tmp_path):
    """What `stats --by` tells: nano-dollars by group."""
    index = Index(kept.source(), str(tmp_path / "s"))

    def told(key):
        groups = by(index, key).answer
        return {name: group["cost_nusd"] for name, group in groups.items()}

    return told


def paid(nusd, **changes):
    cost = Cost() if nusd is None else Cost(nusd, "client")
    facts = {"provider": "claude", "model": "opus", "messages": (), "usage": Usage(10, 5)}
    return Interaction(**{"id": ids.new(), "at": AT, **facts, "cost": cost, **changes})


def spend(store, session="plan-pay", nusd=7, about=WORK, **changes):
    store.ensure(session, about)
    store.append(session, [paid(nusd, **changes)])


KEYS = ("feature", "task", "command", "provider", "model", "day", "week", "month", "project")


@pytest.mark.parametrize("key", KEYS)
def test_a_call_without_a_session_is_in_every_group(settings_here, kept, sums, key):
    spend(kept, task="T1")
    before = sums(key)
    spend(stores.store(settings_here, False), task="T1")

    assert sums(key) == {name: 2 * nusd for name, nusd in before.items()}
    assert sums("session") == {"plan-pay": 7, "(none)": 7}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("how", ["discarded", "purged", "removed by hand"])
def test_what_a_session_cost_stays_when_it_is_gone(kept, sums, tmp_path, key, how):
    spend(kept, task="T1")
    spend(kept, "plan-x", 5, About("plan", "x", "/shop"))
    before = sums(key)
    if how == "removed by hand":
        shutil.rmtree(tmp_path / "s" / "plan-pay")
    else:
        kept.discard("plan-pay")
    if how == "purged":
        shutil.rmtree(tmp_path / "s" / ".trash")

    assert sums(key) == before
    assert sums("session") == {"plan-x": 5, "(none)": 7}


def test_one_that_comes_back_counts_once(kept, sums):
    spend(kept)
    kept.discard("plan-pay")
    assert sums("session") == {"(none)": 7}
    kept.restore("plan-pay")
    assert sums("session") == {"plan-pay": 7}


def test_one_that_was_exported_and_comes_back_as_another_counts_once(kept, sums):
    spend(kept)
    calls = [one for one in kept.plain_entries("plan-pay") if one["type"] == "interaction"]
    kept.discard("plan-pay")
    assert sums("feature") == {"pay": 7}
    kept.ensure("plan-again", WORK)
    kept.append("plan-again", calls)

    assert sums("session") == {"plan-again": 7}


def test_imported_calls_of_a_session_that_is_gone_stay_and_count_in_no_budget(kept, sums, tmp_path):
    spend(kept, "import-claude", 9, About("import", "", "/shop"))
    kept.discard("import-claude")

    assert sums("command") == {"import": 9}
    assert ledger_at(tmp_path / "s").earlier("claude", "").calls == 0


def test_tokens_and_money_of_several_models_go_to_each(settings_here, sums):
    shares = {"opus": Usage(6, 3), "haiku": Usage(4, 2)}
    costs = {"opus": 5, "haiku": 2}
    alone = stores.store(settings_here, False)
    spend(alone, by_model=shares, cost_by_model=costs)

    assert sums("model") == costs


def killed_call(settings_here, kept):
    """A process is killed while its call is under way."""
    session = kept.ensure("plan-pay", WORK)
    call = paid(None, model="")
    ledger = ledgers.ledger(settings_here, lambda _text: None)
    facts = {"uid": session.uid, "session": "plan-pay", "feature": "pay", "provider": "claude"}
    from ai_sessions.ledger.contract import Recorded

    pid = os.fork()
    if not pid:
        ledger.reserve(Lease(call.id, (Need("all", 3),), facts=Recorded(call.id, AT, **facts)), ())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    return call


def test_a_killed_call_is_unknown_at_once(settings_here, kept, tmp_path):
    killed_call(settings_here, kept)
    groups = by(Index(kept.source(), str(tmp_path / "s")), "feature").answer

    assert (groups["pay"]["interactions"], groups["pay"]["cost"]) == (1, None)


def test_and_once_when_its_session_has_it(settings_here, kept, sums, tmp_path):
    call = killed_call(settings_here, kept)
    assert sums("session") == {"(none)": 0}
    cut_off = paid(None, id=call.id, usage=Usage(), status="interrupted")
    kept.append("plan-pay", [cut_off])
    groups = by(Index(kept.source(), str(tmp_path / "s")), "feature").answer

    assert (groups["pay"]["interactions"], groups["pay"]["unknown_costs"]) == (1, 1)


def test_who_was_killed_after_the_answer_was_saved_counts_as_what_it_cost(
    settings_here, kept, sums, tmp_path
):
    call = killed_call(settings_here, kept)
    bare = stores.FileStore(tmp_path / "s", fsync="none")
    bare.append("plan-pay", [paid(7, id=call.id)])

    assert sums("session") == {"plan-pay": 7}
    assert ledger_at(tmp_path / "s").earlier("claude", "").nusd == 7


def test_another_ledger_is_read_from_its_beginning(settings_here, kept, sums, tmp_path):
    spend(stores.store(settings_here, False))
    assert sums("feature") == {"pay": 7}
    (tmp_path / "s" / ".ledger.sqlite3").unlink()
    spend(stores.store(settings_here, False), nusd=9)

    assert sums("feature") == {"pay": 9}
