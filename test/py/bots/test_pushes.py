"""What owners are told without having asked."""

import pytest

from ai_sessions import ids
from ai_sessions.bots import pushes
from ai_sessions.bots.events import Person, Place
from ai_sessions.bots.watching import Watcher
from ai_sessions.ledger import limits
from ai_sessions.records import Cost, Interaction, Message, stamp
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.tasks import TaskState, save_state
from chat_service import GROUP

#: Where a service has the private chat of an owner: its id is theirs.
ANNS = Place("7", is_private=True)
AT = "2026-11-28T10:00:00.000Z"


@pytest.fixture
def owner(owner):
    """Whose features were seen as they are."""
    look(owner)
    return owner


def look(world):
    """At everything, whenever it was looked at last."""
    world.bot.watcher = Watcher(world.desk, world.bot.mail)
    return world.look()


def test_what_becomes_of_a_feature_elsewhere_is_told_once(shop, owner):
    save_state(shop.space, "T1.1", TaskState("red", at=AT))
    assert look(owner) == []
    save_state(shop.space, "T1.1", TaskState("done", at=AT))

    assert look(owner) == ["pay T1.1: done"]
    assert look(owner) == []
    owner.restart()
    assert look(owner) == []


def test_a_bot_that_is_killed_before_it_knows_what_it_told_tells_it_once(shop, owner, monkeypatch):
    save_state(shop.space, "T1.1", TaskState("failed", at=AT))
    with monkeypatch.context() as patched:
        patched.setattr(pushes.Pushes, "keep", lambda *_given: 1 / 0)
        assert look(owner) == ["pay T1.1: failed"]

    assert look(owner) == []


def test_a_question_from_elsewhere_is_answered_by_a_reply(shop, owner):
    save_state(shop.space, "T1.1", TaskState("blocked", at=AT, question="Cents?"))
    (told,) = look(owner)
    owner.say("cents", reply_to="1", place=ANNS)
    shop.finish()

    assert "Cents?" in told
    assert shop.calls[-1]["words"][-1] == "--answer=cents"


def test_commands_of_a_plan_from_elsewhere_are_approved_here(shop, owner):
    text = shop.space.text("plan.yaml").replace("[grep, -q, once, README.md]", "[deploy]")
    shop.space.write(text, "plan.yaml")

    assert "\ndeploy\n" in look(owner)[0]
    assert "Approve" in owner.labels


def test_each_owner_is_told_and_who_is_quiet_is_not(shop, owner):
    owner.environment["TELEGRAM_ALLOWED"] += " 8"
    bob = Person("8", "Bob")
    owner.own(bob)
    owner.service.sent.clear()
    owner.say("/quiet", place=ANNS)
    owner.service.sent.clear()
    save_state(shop.space, "T1.1", TaskState("done", at=AT))
    look(owner)

    assert [(place.chat, message.text) for place, message in owner.service.sent] == [
        ("8", "pay T1.1: done")
    ]


def test_a_run_of_the_bot_tells_its_end_and_is_not_told_twice(shop, owner):
    shop.says({"event": "wait"}, {"event": "result", "ok": True, "task": None})
    owner.say("/implement pay T1.1", place=GROUP)
    save_state(shop.space, "T1.1", TaskState("failed", at=AT))
    assert look(owner) == []
    save_state(shop.space, "T1.1", TaskState("done", at=AT))
    shop.go_on()

    assert look(owner) == ["pay: all tasks are done"]
    assert look(owner) == []


def test_a_limit_and_its_end_are_told_once_each(shop, owner):
    told = {"provider": "claude", "account": "", "model": "", "window": "5h", "at": AT}
    root = owner.environment["SESSION_DIR"]
    limits.note(root, {**told, "until": "2100-01-01T00:00:00.000Z"})
    (first,) = look(owner)
    assert first.startswith("claude: limit reached until ")
    assert look(owner) == []

    limits.lift(root, "claude", "", "")
    assert look(owner) == ["claude: the limit has ended"]
    assert look(owner) == []


@pytest.mark.parametrize(("spent", "told"), [(7_999_999_999, 0), (8_000_000_000, 1)])
def test_a_budget_of_which_four_fifths_are_used_is_told_once(owner, spent, told):
    owner.environment["BUDGET_DAY"] = "10"
    owner.say("Hello")
    at = stamp(owner.parts.now())
    call = Interaction(ids.new(), at, "claude", "m", (Message("user", "Hi"),), cost=Cost(spent))
    owner.parts.store.append("telegram-100", [call])

    assert look(owner) == ["80% of today's budget is used: $8.00 of $10.00"] * told
    assert look(owner) == []


@pytest.mark.parametrize(("spent", "told"), [(3_999_999_999, 0), (4_000_000_000, 1)])
def test_a_budget_of_a_plan_of_which_four_fifths_are_used_is_told_once(shop, owner, spent, told):
    shop.space.write(f"budget_usd: 5\n{shop.space.text('plan.yaml')}", "plan.yaml")
    add_event(shop.space, AT, "call", id="c", cost_nusd=spent)

    assert look(owner) == ["80% of the budget of pay is used: $4.00 of $5.00"] * told
    add_event(shop.space, AT, "call", id="d", cost_nusd=1)
    assert look(owner) == (["80% of the budget of pay is used: $4.00 of $5.00"] * (not told))


def test_a_broken_plan_keeps_no_other_push_from_being_told(shop, owner):
    shop.space.write("phases: [", "plan.yaml")
    save_state(shop.space, "T1.1", TaskState("done", at=AT))

    assert look(owner) == ["pay T1.1: done"]
