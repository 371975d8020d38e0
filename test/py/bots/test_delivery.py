"""Messages as the service gets them."""

import asyncio
from dataclasses import replace

import pytest

from ai_sessions.bots.adapter import Away, Moved, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.delivery import Talk
from ai_sessions.bots.events import Draft, File, Say, Update


@pytest.mark.parametrize("failure", [RetryAfter(3.0), Away("no network"), Moved("-100500")])
def test_what_passes_is_tried_again(world, failure):
    world.service.fails = [failure]

    assert world.say("Hello") == ["Hello"]


def test_the_service_has_its_peace_for_as_long_as_it_wants(world):
    world.service.fails = [RetryAfter(1234.0)]
    world.say("Hello")

    assert any(seconds > 1000 for seconds in world.slept)


def test_what_cannot_be_read_as_formatted_goes_out_plain(world):
    world.service.fails = [Unformatted("can't parse entities")]
    world.say("*Hello")

    (_place, message) = world.service.sent[-1]
    assert (message.text, message.is_plain) == ("*Hello", True)


def test_a_chat_that_is_gone_ends_the_event(world):
    world.service.fails = [Unreachable("blocked")]

    assert world.say("Hello") == []
    world.restart()
    assert world.do() == []


def test_a_chat_that_has_moved_gets_the_answer_where_it_is_now(world):
    world.service.fails = [Moved("-100500")]
    world.say("Hello")

    (place, _message) = world.service.sent[-1]
    assert place.chat == "-100500"
    assert world.desk.first_chat("-100500") == "100"


def test_the_first_message_alone_answers_by_the_handle_of_a_command(world):
    world.service.limits = replace(world.service.limits, text=20)
    world.restart()
    world.say("/help", handle="token")

    handles = [message.handle for _place, message in world.service.sent]
    assert handles[0] == "token"
    assert set(handles[1:]) == {""}
    assert len(handles) > 1


def test_a_pressed_button_is_answered_by_a_message_of_its_own(world, told):
    told(Say("Hello"), kind="button")

    assert [message.handle for _place, message in world.service.sent] == [""]


def test_a_command_that_is_answered_by_a_file_alone_is_acknowledged(world, told):
    told(File("notes.md", b"#"))

    assert world.service.heard_texts == [""]


def test_a_command_that_is_answered_by_a_message_needs_no_other_sign(world, told):
    told(Say("Here it is."), File("notes.md", b"#"))

    assert world.service.heard_texts == []


@pytest.fixture
def told(world):
    """Says these in answer to a command."""

    async def tell(said, event):
        talk = Talk(world.bot.mail, world.event("/export", handle="token", **event))
        for one in said:
            await talk.tell(one)
        await talk.end()

    return lambda *said, **event: asyncio.run(tell(said, event))


@pytest.mark.parametrize("failure", [RetryAfter(3.0), Away("no network"), Moved("-100500")])
def test_a_file_is_tried_again_too(world, failure):
    world.service.fails = [failure]
    asyncio.run(Talk(world.bot.mail, world.event("x")).tell(File("a.txt", b"data")))

    assert world.service.files == [("a.txt", b"data", "")]


def test_an_answer_whose_message_somebody_deletes_while_it_grows_is_sent_anew(world):
    world.service.has_drafts = False

    async def grow():
        talk = Talk(world.bot.mail, world.event("x"))
        await talk.tell(Draft("so far"))
        while not world.service.messages:
            await asyncio.sleep(0)
        world.service.messages.clear()
        await talk.tell(Say("so good", is_answer=True))

    asyncio.run(grow())

    assert world.service.texts == ["so good"]


def test_what_is_told_of_a_message_that_was_deleted_is_left_out(world):
    async def tell():
        talk = Talk(world.bot.mail, world.event("x"))
        await talk.tell(Say("1 of 2", about="progress"))
        world.service.messages.clear()
        await talk.tell(Update("progress", "2 of 2"))
        await talk.tell(Say("done"))

    asyncio.run(tell())

    assert world.service.texts == ["done"]


def test_a_draft_that_comes_too_often_waits_as_long_as_the_service_wants(world, monkeypatch):
    drafts = []

    async def draft(_place, _number, text):
        drafts.append((text, list(world.slept)))
        if len(drafts) == 1:
            raise RetryAfter(77.0)
        return True

    async def show():
        talk = Talk(world.bot.mail, world.event("x"))
        await talk.tell(Draft("one"))
        while not drafts:
            await asyncio.sleep(0)
        await talk.tell(Draft("two"))
        while len(drafts) < 2:
            await asyncio.sleep(0)
        await talk.end()

    monkeypatch.setattr(world.service, "draft", draft)
    asyncio.run(show())

    assert drafts[1][0] == "two"
    assert 77.0 in drafts[1][1]
