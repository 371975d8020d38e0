"""Kills, repeats and crowds: each message is answered once, in order."""

import asyncio

import pytest

from ai_sessions.bots import bot
from ai_sessions.bots.adapter import Away
from ai_sessions.bots.events import Person, Place
from ai_sessions.errors import StorageError
from ai_sessions.sessions import latest
from chat_service import GROUP, HERE


def calls(world):
    return latest.last_calls(world.parts.store, "telegram-100", 50)


def test_what_the_service_sends_again_is_answered_once(world):
    event = world.event("Hello", id="same")

    assert world.do(event) == ["Hello"]
    assert world.do(event) == []
    assert len(calls(world)) == 1


def test_the_service_hears_what_is_stored_and_is_let_go_when_all_is_said(world, monkeypatch):
    world.say("Hello")
    monkeypatch.setattr(world.service, "send", said_while_open(world))
    world.say("Again")

    assert [event.text for event in world.service.latest] == ["Hello"]
    assert world.service.is_closed


def said_while_open(world):
    send = world.service.send

    async def sent(place, message):
        assert not world.service.is_closed
        return await send(place, message)

    world.service.is_closed = False
    return sent


def test_what_was_stored_and_not_answered_is_answered_after_a_restart(world):
    world.desk.inbox.take(world.event("Hello"))
    world.restart()

    assert world.do() == ["Hello"]
    assert world.do() == []


class Killed(Exception):
    """The event is at its end here, as if the process were gone."""


def kill_at(monkeypatch, object_, name):
    def killed(*_given, **_named):
        raise Killed

    monkeypatch.setattr(object_, name, killed)


@pytest.mark.parametrize("has_drafts", [True, False])
def test_an_answer_that_was_paid_and_not_said_is_said_after_a_restart(
    world, monkeypatch, has_drafts
):
    world.service.has_drafts = has_drafts
    with monkeypatch.context() as patched:
        kill_at(patched, world.service, "send")
        world.do(world.event("Hello"))
    world.restart()

    assert world.do() == ["Hello"]
    assert len(calls(world)) == 1


def test_what_was_sent_and_not_ended_is_not_sent_again(world, monkeypatch):
    with monkeypatch.context() as patched:
        kill_at(patched, world.desk.inbox, "end")
        world.do(world.event("Hello"))
    world.restart()

    assert world.do() == []
    assert world.service.texts == ["Hello"]


def test_without_drafts_the_message_that_grows_becomes_the_answer(world):
    world.service.has_drafts = False
    world.say("Hello")

    assert world.service.texts == ["Hello"]


def test_messages_of_a_chat_are_answered_in_order_those_of_another_one_beside(world):
    events = [world.event(str(number)) for number in range(5)]
    events.append(world.event("other", place=GROUP))

    said = world.do(*events)

    assert [text for text in said if text != "Ann: other"] == list("01234")
    assert "Ann: other" in said


def test_too_many_in_one_chat_are_told_so(world):
    said = world.do(*(world.event(str(number)) for number in range(20)))

    refused = [text for text in said if text.startswith("I am busy")]
    assert 0 < len(refused) < 20
    assert len(refused) + len([text for text in said if text.isdecimal()]) == 20


def test_a_stranger_is_not_told_that_we_are_busy(world):
    stranger, there = Person("666"), Place("666", is_private=True)
    said = world.do(*(world.event("?", sender=stranger, place=there) for _ in range(20)))

    assert len(said) == 1
    assert "private" in said[0]


def test_a_chat_that_moves_goes_on_in_its_session(world):
    world.say("Hello")
    world.do(world.event(kind="moved", moved_to="-100500"))
    there = type(HERE)("-100500", is_private=True)
    world.say("Again", place=there)

    assert len(calls(world)) == 2


def test_a_text_beyond_the_limit_comes_in_parts(world):
    words = "word " * 2000

    said = world.say(words.strip())

    assert "".join(said).split() == words.split()
    assert all(len(one) <= 4096 for one in said)


def test_what_is_said_where_a_chat_has_moved_to_is_said_in_its_session(world):
    world.say("Hello")
    there = type(HERE)("-100500", is_private=True)
    moved = world.event(kind="moved", moved_to="-100500")
    world.do(*(world.event(str(number)) for number in range(7)), moved, world.event(place=there))

    assert world.parts.core.find_by_conversation("-100500", "telegram") is None


# --- the end


def away(world, monkeypatch):
    """The service takes nothing, and the bot has no time to wait for it."""
    monkeypatch.setattr(bot, "_FINISH_S", 0.2)
    monkeypatch.setattr(bot, "_CUT_OFF_S", 0.2)
    world.service.fails = Endless()


class Endless(list):
    def __bool__(self):
        return True

    def pop(self, _at):
        return Away("no network")


def test_a_bot_whose_service_is_away_ends_and_the_next_one_sends(world, monkeypatch, caplog):
    with monkeypatch.context() as patched:
        away(world, patched)
        assert world.do(world.event("Hello"), world.event("Again")) == []
    assert world.service.is_closed
    world.service.fails = []
    world.restart()

    assert world.do() == ["Hello", "Again"]
    assert len(calls(world)) == 2
    warned = [message for message in caplog.messages if "no network" in message]
    assert warned == ["telegram does not work now, I go on trying: no network"]


def test_told_to_end_twice_it_lets_go_of_the_service_at_once(world, monkeypatch):
    monkeypatch.setattr(world.service, "received", nothing_more)
    world.service.fails = Endless()
    world.desk.inbox.take(world.event("Hello"))

    async def scene():
        task = asyncio.create_task(world.bot.run())
        while not world.slept:
            await asyncio.sleep(0.01)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0.01)
        await asyncio.wait({task})

    asyncio.run(scene())
    assert world.service.is_closed


async def nothing_more(_latest):
    await asyncio.Event().wait()
    yield


# --- a disk that takes nothing


def full(world, monkeypatch, owner, name, times=3):
    """A method fails so often."""
    do, left = getattr(owner, name), [times]

    def fails(*given, **named):
        if left[0]:
            left[0] -= 1
            raise StorageError("bot.sqlite3: database or disk is full")
        return do(*given, **named)

    monkeypatch.setattr(owner, name, fails)
    monkeypatch.setattr(world.bot, "disk", bot.Outage("the disk", world.bot.mail.sleep))


@pytest.mark.parametrize("name", ["take", "begin", "end"])
def test_a_full_disk_is_told_once_and_nothing_is_lost(world, monkeypatch, caplog, name):
    full(world, monkeypatch, world.desk.inbox, name)

    assert world.do(world.event("Hello")) == ["Hello"]
    assert len(calls(world)) == 1
    assert [message.split(":")[0] for message in caplog.messages] == [
        "the disk does not work now, I go on trying",
        "the disk works again",
    ]


@pytest.mark.parametrize("has_drafts", [True, False])
def test_an_answer_is_sent_when_there_is_room_to_note_it(world, monkeypatch, has_drafts):
    world.service.has_drafts = has_drafts
    full(world, monkeypatch, world.desk.outbox, "put")

    assert world.do(world.event("Hello")) == ["Hello"]
    assert len(calls(world)) == 1


# --- a crowd


def test_many_chats_at_once_lose_and_double_nothing_and_keep_their_order(world):
    places = [Place(str(chat), is_private=True) for chat in range(1000, 1020)]
    world.environment["TELEGRAM_ALLOWED"] = " ".join(place.chat for place in places)
    world.restart()
    events = [
        world.event(f"{place.chat} {number}", place=place, sender=Person(place.chat))
        for number in range(5)
        for place in places
    ]
    world.do(*events)

    for place in places:
        said = [message.text for where, message in world.service.sent if where == place]
        assert said == [f"{place.chat} {number}" for number in range(5)]


def test_what_people_say_to_each_other_is_not_kept_and_fills_no_queue(world):
    aside = [world.event(f"aside {n}", place=GROUP, is_addressed=False) for n in range(20)]
    said = world.do(*aside, world.event("Hello bot", place=GROUP))

    assert said == ["Ann: Hello bot"]
    assert world.desk.inbox.read(aside[0].id) is None
