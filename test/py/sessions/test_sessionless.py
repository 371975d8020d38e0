"""Calls that no session has, in exports and reports, and back from an export."""

import io
import json
import os
import signal

import pytest

from ai_sessions import config, ids
from ai_sessions.assemble import stores
from ai_sessions.ledger.contract import END, Lease, Need, Recorded, Window
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.records import About, Cost, Interaction, Message, Usage
from ai_sessions.sessions import export, importing, reading, sessionless
from ai_sessions.store.files import FileStore

AT = "2026-11-28T10:00:00.000Z"


def settings_at(root):
    return config.load({"SESSION_DIR": str(root), "SESSION_FSYNC": "none"})


@pytest.fixture
def root(tmp_path):
    return tmp_path / "s"


def spend(root, nusd, *, use_sessions=True, command="verify", task="T1"):
    store = stores.store(settings_at(root), use_sessions)
    name = f"{command}-pay"
    store.ensure(name, About(command, "pay", "/shop"))
    said = (Message("user", "secret"),)
    call = Interaction(ids.new(), AT, "claude", "opus", said, Usage(10, 5), Cost(nusd, "client"))
    store.append(name, [call])
    return store


def exported(root, **wanted):
    pieces = []
    found = export.Wanted(ledger=str(root), **wanted)
    export.export(stores.files(settings_at(root)), found, pieces.append)
    return "".join(pieces)


def bill(root):
    return sum(
        call["cost_nusd"] for one in json.loads(exported(root)) for call in one["interactions"]
    )


def test_the_bill_of_an_export_has_calls_without_a_session_and_of_sessions_that_are_gone(root):
    spend(root, 5, command="plan")
    spend(root, 7, use_sessions=False)
    spend(root, 9, command="review").discard("review-pay")

    assert bill(root) == 21
    assert "secret" not in json.dumps(
        [one for one in json.loads(exported(root)) if not one["name"]]
    )


def test_each_group_has_its_command_feature_and_project(root):
    spend(root, 7, use_sessions=False)
    [one] = json.loads(exported(root))

    facts = (one["name"], one["command"], one["feature"], one["project"])
    assert facts == ("", "verify", "pay", "/shop")
    [call] = one["interactions"]
    assert (call["cost_nusd"], call["model"], call["tokens"]["input"]) == (7, "opus", 10)


def test_csv_has_them_and_a_time_leaves_them_out(root):
    spend(root, 7, use_sessions=False)

    assert exported(root, form="csv").count("opus") == 1
    assert json.loads(exported(root, since="2026-11-29T00:00:00.000Z")) == []


def test_an_export_that_is_brought_in_elsewhere_has_the_same_bill_however_often(root, tmp_path):
    spend(root, 5, command="plan")
    spend(root, 7, use_sessions=False)
    text, other = exported(root), tmp_path / "other"
    for _ in range(2):
        for found in reading.sessions(io.StringIO(text), stores.files(settings_at(other)).scratch):
            if found.facts["name"]:
                importing.bring_in(found, lambda _at: stores.files(settings_at(other)))
            else:
                importing.count(found, stores.store(settings_at(other), False))

    assert bill(other) == 12
    assert ledger_at(other).view([Window("all", END)]).windows[0].used == 12


def test_our_own_export_takes_no_call_from_its_session(root):
    store = spend(root, 5, command="plan")
    store.discard("plan-pay")
    killed, call = killed_call(root, "review")
    assert sorted(calls_of(root), key=str) == [("", 5), ("", None)]
    text = exported(root)
    for found in reading.sessions(io.StringIO(text), store.scratch):
        if not found.facts["name"]:
            importing.count(found, stores.store(settings_at(root), False))
    assert len(calls_of(root)) == 2

    store.restore("plan-pay")
    killed.append("review-pay", [call])
    assert sorted(calls_of(root)) == [("plan-pay", 5), ("review-pay", 3)]


def test_calls_come_in_order_of_time_each_group_once(root):
    spend(root, 7, use_sessions=False)
    spend(root, 8, use_sessions=False)
    [(session, group)] = sessionless.calls(stores.files(settings_at(root)), str(root))

    assert (session.name, [call.cost.nusd for call in group]) == ("", [7, 8])


def killed_call(root, command="plan"):
    """A process is killed while its call is under way."""
    store = stores.files(settings_at(root))
    session = store.ensure(f"{command}-pay", About(command, "pay", "/shop"))
    said = (Message("user", "secret"),)
    call = Interaction(ids.new(), AT, "claude", "opus", said, Usage(10, 5), Cost(3, "client"))
    about = (f"{command}-pay", command, "pay", "/shop")
    facts = Recorded(call.id, AT, session.uid, *about, model="opus")
    pid = os.fork()
    if not pid:
        ledger_at(root).reserve(Lease(call.id, (Need("all", 9),), facts=facts), ())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    return store, call


def calls_of(root):
    found = json.loads(exported(root))
    return [(one["name"], call["cost_nusd"]) for one in found for call in one["interactions"]]


def test_a_killed_call_is_exported_as_unknown_at_once_and_once_only(root):
    store, call = killed_call(root)
    assert calls_of(root) == [("", None)]

    store.append("plan-pay", [call])
    assert calls_of(root) == [("plan-pay", 3)]


def test_a_call_whose_process_was_killed_after_it_was_saved_is_exported_once(root):
    _store, call = killed_call(root)
    ledger_at(root).settle_gone()
    FileStore(root, fsync="none").append("plan-pay", [call])  # tells no ledger

    assert calls_of(root) == [("plan-pay", 3)]
