"""A limit of a provider, as people meet it: the message, and afterwards `status` and `doctor`."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from scripted import writes

from ai_sessions.cli import limited
from ai_sessions.ledger import QUOTAS, limits
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.records import Told, Usage, stamp
from ai_sessions.rotation.records import WindowState

#: `limit reached until Mon Dec 7, 12:50 (in 8 d 23 h)`, whatever the day of the test.
UNTIL = re.compile(r"limit reached until \w{3} \w{3} [\d ]+, \d\d:\d\d \(in \d d.*", re.M)


def limit(**more):
    until = datetime.now(UTC) + timedelta(days=9)
    failure = Failure("rate_limit", "You've hit your weekly limit", until=until, **more)
    return Reply("", "model-1", Usage(), failure=failure)


def test_the_message_says_until_when_and_ends_with_7(typed, agent):
    agent.steps = [limit()]
    code, _out, err = typed("implement", "pay", "--task", "T1.1")

    assert code == 7
    assert UNTIL.search(err)[0].endswith("): You've hit your weekly limit")
    assert "hint: run the same command again then" in err


def test_programs_are_told_the_time_itself(typed, agent):
    agent.steps = [limit()]
    code, out, _err = typed("implement", "pay", "--task", "T1.1", "--json")

    error = json.loads(out)["error"]
    assert (code, error["kind"]) == (7, "limit")
    assert datetime.fromisoformat(error["until"]) > datetime.now(UTC) + timedelta(days=8)


def test_it_is_shown_where_people_look_until_the_provider_answers(typed, agent, cli):
    agent.steps = [limit(window="seven_day"), writes(test_gateway__py="pass\n")]
    typed("implement", "pay", "--task", "T1.1")

    shown = re.compile(
        r"^agent model-1: limit reached until .* \(in 8 d 2[34] h\)$|in 9 d\)$", re.M
    )
    assert shown.search(typed("status", "pay")[2])
    assert shown.search(typed("status", "--all")[2])
    assert re.search(
        r"^warning +limit +agent model-1: limit reached until", cli("doctor").out, re.M
    )
    (fact,) = json.loads(typed("status", "pay", "--json")[1])["limits"]
    assert (fact["window"], fact["session"]) == ("seven_day", "implement-pay")
    assert json.loads(cli("doctor", "--json").out)["limits"] == [fact]

    typed("implement", "pay", "--task", "T1.1")
    assert "limit reached" not in typed("status", "pay")[2] + cli("doctor").out


def noted(root, account="", window="five_hour", model="opus"):
    at = datetime.now(UTC)
    facts = {"provider": "claude", "account": account, "model": model, "window": window}
    limits.note(root, {**facts, "until": stamp(at + timedelta(days=9)), "at": stamp(at)})


def whose(root):
    return sorted(line.partition(": ")[0] for line in limited.reached(root))


def test_a_limit_of_one_account_alone_names_no_account(root):
    noted(root, "1a2b3c4d")
    noted(root, "99999999", model="sonnet")

    assert whose(root) == ["claude opus", "claude sonnet"]


def test_limits_of_a_model_on_several_accounts_name_the_account(root):
    noted(root, "1a2b3c4d")
    noted(root, "99999999")
    noted(root)

    marked = ("account 1a2b3c4d", "account 99999999", "the default account")
    assert whose(root) == [f"claude opus ({one})" for one in marked]


def test_several_limits_of_one_account_name_what_they_are_on(root):
    noted(root, "1a2b3c4d")
    noted(root, "1a2b3c4d", "seven_day")
    noted(root, "99999999")

    assert whose(root) == [
        "claude opus (account 1a2b3c4d, five hour)",
        "claude opus (account 1a2b3c4d, seven day)",
        "claude opus (account 99999999)",
    ]


def test_doctor_gives_the_same_hint_once(root, cli):
    noted(root, "1a2b3c4d")
    noted(root, "99999999")
    out = cli("doctor").out

    lines = [one for one in out.splitlines() if one.startswith("warning") and " limit " in one]
    assert len(set(lines)) == 2
    assert out.count("hint: limit: ") == 1


def test_without_sessions_nothing_is_kept(typed, agent, root):
    agent.steps = [limit()]

    assert typed("implement", "pay", "--task", "T1.1", "--no-session")[0] == 7
    assert limits.reached(root, datetime.now(UTC)) == []


FIVE_HOURS = {"unit": "percent", "period": "rolling", "rolling_s": 18_000, "limit": 100}


def subscription(used=37, text="done", hours=2, **more):
    """An answer with what it says of a subscription."""
    at = datetime.now(UTC) + timedelta(hours=hours, minutes=10)
    told = Told(**{**FIVE_HOURS, **more}, used=used, resets_at=at, origin="event")
    return Reply(text, "model-1", Usage(), told=(told,))


@pytest.fixture
def shown(typed, agent, cli):
    """What `status` and `doctor` show of limits after these answers."""

    def after(*replies):
        agent.steps = [*replies]
        for _one in replies:
            typed("implement", "pay", "--task", "T1.1")
        told = [
            *typed("status", "pay")[2].splitlines(),
            *(line for line in cli("doctor").out.splitlines() if " limit " in line),
        ]
        return [line for line in told if "limit reached" in line or "agent 5 h" in line]

    return after


def test_what_is_used_of_a_subscription_is_shown_with_its_reset(shown):
    status, doctor = shown(subscription())

    assert re.fullmatch(r"agent 5 h: 37 % used, resets .*\d\d:\d\d \(in 2 h \d+ min\)", status)
    assert re.fullmatch(r"ok +limit +agent 5 h: 37 % used, resets .*", doctor)


def test_what_is_not_told_of_a_subscription_is_unknown(shown):
    status, doctor = shown(subscription(None))

    assert status.startswith("agent 5 h: unknown, resets ")
    assert "agent 5 h: unknown" in doctor


def test_a_window_that_is_over_is_unknown_and_has_no_reset(shown):
    assert shown(subscription(hours=-3))[0] == "agent 5 h: unknown"


def test_one_that_is_used_up_is_something_to_look_at(shown):
    _status, doctor = shown(subscription(100))

    assert doctor.startswith("warning")


def test_a_limit_that_was_reached_is_not_told_twice(shown):
    told = subscription(100)
    failure = Failure("rate_limit", "no", until=told.told[0].resets_at, window="five_hour")
    status, doctor = shown(replace(told, failure=failure))

    assert "limit reached until" in status
    assert "limit reached until" in doctor


def test_programs_are_told_of_every_window_and_unknown_is_null(typed, shown, cli):
    shown(subscription(), subscription(None, rolling_s=604_800, model="opus"))
    five, week = json.loads(typed("status", "pay", "--json")[1])["quotas"]

    assert (five["provider"], five["window"], five["used"]) == ("agent", "5 h", 37)
    assert (week["model"], week["window"], week["used"]) == ("opus", "7 d", None)
    assert json.loads(cli("doctor", "--json").out)["quotas"] == [five, week]


def test_where_nothing_was_told_nothing_is_looked_for(shown, root, monkeypatch):
    monkeypatch.setattr("ai_sessions.ledger.known_quotas.windows", None)

    assert shown(Reply("done", "model-1", Usage())) == []
    assert not (root / QUOTAS).exists()


@pytest.mark.parametrize(
    ("period", "limit", "used", "is_shown"),
    [
        ("day", 50, 7, True),
        ("day", None, 7, True),
        ("day", 50, 0, False),
        ("day", None, 0, False),
        ("day", 0, 0, True),
        ("minute", 50, 7, False),
        ("minute", 50, 50, True),
    ],
)
def test_of_other_limits_those_in_use_are_shown(period, limit, used, is_shown):
    window = WindowState("quota:x#", "requests", period, limit, used)

    assert limited._is_shown(window) is is_shown


def test_beside_a_feature_no_more_than_eight_are_shown(monkeypatch, root):
    many = [(f"groq {number}", False) for number in range(11)]
    monkeypatch.setattr(limited, "quotas", lambda *_: many)

    assert limited.lines(root, None, {})[-2:] == ["groq 7", "3 more limits: ai-session.sh doctor"]


def test_without_sessions_nothing_of_a_subscription_is_kept(typed, agent, root):
    agent.steps = [subscription()]
    typed("implement", "pay", "--task", "T1.1", "--no-session")

    assert not (root / QUOTAS).exists()


@pytest.mark.parametrize("wait", ["soon", "-1", "5x", "inf"])
def test_a_wait_that_is_no_time_is_refused_before_anybody_is_asked(typed, agent, wait):
    arguments = ("--retry", "1", "--retry-wait", wait)
    code, _out, err = typed("implement", "pay", "--task", "T1.1", *arguments)

    assert (code, agent.requests) == (3, [])
    assert "use seconds, or a time such as 5m or 6h" in err
