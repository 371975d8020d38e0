"""Pressed buttons: a message asked again, once, by who asked it or an owner."""

import pytest

from ai_sessions.bots.events import Person
from ai_sessions.bots.waiting import LATER
from ai_sessions.sessions import latest
from chat_service import GROUP

BOB = Person("8", "Bob")


def calls(world, session="telegram-100"):
    return latest.last_calls(world.parts.store, session, 50)


@pytest.fixture
def failed(world):
    """A message whose answer failed."""
    world.environment["AI_PROVIDER"] = "nobody-has-this"
    return world


@pytest.fixture
def cut_off(world, monkeypatch):
    """A message whose answer was cut off: it can be asked again."""
    from ai_sessions.bots import answering
    from ai_sessions.bots.answering import ended

    def interrupted(call, result=None, **more):
        from dataclasses import replace

        return ended(replace(call, status="interrupted"), result, **more)

    with monkeypatch.context() as patched:
        patched.setattr(answering, "ended", interrupted)
        world.say("Hello", place=GROUP)
    return world


def test_a_message_is_asked_again_by_a_call_of_its_own(cut_off):
    assert cut_off.press("Ask again") == ""

    made = calls(cut_off, "telegram--200")
    assert len({call.id for call in made}) == 2
    assert cut_off.service.texts[-1] == "Ann: Hello"


def test_it_is_asked_again_once(cut_off):
    cut_off.press("Ask again")

    assert cut_off.press("Ask again") == "It was asked again already."
    assert len(calls(cut_off, "telegram--200")) == 2


def test_somebody_else_does_not_ask_it_again(cut_off):
    assert cut_off.press("Ask again", BOB) == "This is for the owner of this bot."
    assert len(calls(cut_off, "telegram--200")) == 1


def test_an_owner_may_ask_it_again_for_another_person(cut_off):
    cut_off.own(BOB)
    cut_off.press("Ask again", BOB)

    assert len(calls(cut_off, "telegram--200")) == 2


def test_a_bot_that_is_killed_when_it_asks_again_pays_once(cut_off, monkeypatch):
    def killed(*_given):
        raise KeyError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(cut_off.service, "send", killed)
        cut_off.press("Ask again")
    cut_off.restart()
    cut_off.do()

    assert len(calls(cut_off, "telegram--200")) == 2
    assert cut_off.service.texts[-1] == "Ann: Hello"


def test_a_message_that_is_not_known_any_more_is_told(world):
    world.do(world.event(kind="button", button="again", message="1"))

    assert world.service.heard_texts == ["I do not know that message any more."]


def put_off(shop, owner):
    shop.fails(7, "limit", "the day budget is used up", budget="day")
    owner.say("/review pay")
    shop.finish()
    owner.look()
    (label,) = [one for one in owner.labels if one.startswith("Go on at ")]
    owner.press(label)
    shop.ends(next="")


def test_a_run_that_is_put_off_can_be_cancelled(shop, owner):
    put_off(shop, owner)

    assert owner.say("/cancel", place=GROUP) == ["Nothing is under way here."]
    assert owner.say("/cancel pay") == ["Stopping pay: review."]
    assert owner.desk.facts.all(LATER) == {}


def test_a_run_that_is_put_off_begins_when_its_limit_has_ended(shop, owner):
    put_off(shop, owner)
    owner.look()
    assert len(shop.calls) == 1

    ((id_, told),) = owner.desk.facts.all(LATER).items()
    owner.desk.facts.keep(LATER, id_, {**told, "until": "2026-11-28T00:00:00.000Z"})
    owner.restart()
    assert owner.look() == ["pay: review: the limit has ended.", "pay: review: begun"]
    shop.finish()
    owner.look()
    assert (len(shop.calls), owner.desk.facts.all(LATER)) == (2, {})
