"""Which session an event belongs to."""

from dataclasses import replace

import pytest

from ai_sessions.bots.events import Inbound, Person
from chat_service import ANN, AT, GROUP, HERE

EVENT = Inbound("1", HERE, ANN, AT)
IN_GROUP = replace(EVENT, place=GROUP)


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (EVENT, "100"),
        (IN_GROUP, "-200"),
        (replace(EVENT, place=replace(GROUP, topic="9")), "-200:9"),
    ],
)
def test_each_chat_and_each_topic_has_a_session(world, event, wanted):
    assert world.desk.conversation(event) == wanted


def test_in_groups_each_person_may_have_one(world):
    world.environment["BOT_PER_USER"] = "true"

    assert world.desk.conversation(IN_GROUP) == "-200:7"
    assert world.desk.conversation(replace(IN_GROUP, sender=Person("8"))) == "-200:8"
    assert world.desk.conversation(EVENT) == "100"


def test_a_session_is_there_when_it_was_begun_and_is_not_over(world):
    assert world.desk.session(EVENT) is None
    begun = world.desk.begun(EVENT)
    assert world.desk.session(EVENT).uid == begun.uid
    world.parts.core.deactivate(begun)
    assert world.desk.session(EVENT) is None


def test_a_chat_that_moved_twice_is_still_the_first(world):
    world.desk.moved("1", "2")
    world.desk.moved("2", "3")

    assert world.desk.first_chat("3") == "1"
