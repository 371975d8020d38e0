"""Messages as the service gets them."""

import asyncio
from dataclasses import replace

import pytest

from ai_sessions.bots.adapter import Away, Moved, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.delivery import Talk
from ai_sessions.bots.events import File, Say


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
