"""Messages as the service gets them."""

import pytest

from ai_sessions.bots.adapter import Away, Moved, RetryAfter, Unformatted, Unreachable


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
