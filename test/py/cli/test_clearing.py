"""`clear` as it is typed."""

import json

from ai_sessions.records import Segment


def test_the_log_stays_and_a_break_is_at_its_end(cli, store):
    before = store.read("implement-payment")
    answer = cli("clear", "implement-pay")

    assert answer.out == "implement-payment is cleared; its log keeps 4 messages\n"
    after = store.read("implement-payment")
    assert (after.totals, after.segment_seq) == (before.totals, before.last_seq + 1)
    (last,) = store.entries("implement-payment", last=1)
    assert isinstance(last, Segment)
    assert last.reason == "clear"


def test_twice_is_once(cli, store):
    first = json.loads(cli("clear", "plan-payment", "--json").out)
    second = json.loads(cli("clear", "plan-payment", "--json").out)

    assert first["segment"] == second["segment"] == store.read("plan-payment").last_seq
    assert first["session"]["name"] == "plan-payment"


def test_bad_input_and_no_sessions_are_one_line(cli, store, monkeypatch):
    assert (cli("clear", "nobody").code, cli("clear").code) == (4, 2)
    monkeypatch.setenv("USE_SESSIONS", "false")
    answer = cli("clear", "plan-payment")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: USE_SESSIONS is off")
    assert store.read("plan-payment").segment_seq == -1


def test_a_conversation_is_ended_and_goes_on_again(cli, store):
    answer = cli("deactivate", "plan-pay")

    assert answer.out.startswith("plan-payment is inactive; the next message begins a new ")
    assert "plan-payment\tinactive\t" in cli("list").out
    assert json.loads(cli("deactivate", "plan-pay", "--off", "--json").out)["session"][
        "status"
    ] == ("active")
    assert "plan-payment\tactive\t" in cli("list").out


def test_what_cannot_be_ended_is_one_line(cli, store, monkeypatch):
    assert (cli("deactivate", "nobody").code, cli("deactivate").code) == (4, 2)
    monkeypatch.setenv("USE_SESSIONS", "false")

    assert cli("deactivate", "plan-payment").code == 2
    assert store.read("plan-payment").status == "active"
