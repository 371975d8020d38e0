"""Where a conversation begins and ends."""

from dataclasses import replace

from ai_sessions.sessions import latest
from ai_sessions.stopping import Stop
from chat_service import HERE


def test_a_new_conversation_knows_nothing_of_the_last_one(world):
    world.say("Hello")
    before = world.parts.store.read("telegram-100").uid

    assert "telegram-100" in world.say("/new")[0]
    assert world.parts.store.read("telegram-100").uid != before
    assert len(world.parts.store.names()) == 2


def test_a_conversation_is_ended_once_also_when_we_were_killed(world):
    world.say("Hello")
    event = world.desk.inbox.take(replace(world.event("/new"), id="n"))
    world.do()
    uid = world.parts.store.read("telegram-100").uid
    with world.desk.database.opened() as connection:
        connection.execute("update event set state = 'begun' where id = 'n'")
    world.restart()
    world.do()

    assert event.command == "new"
    assert world.parts.store.read("telegram-100").uid == uid


def test_reset_clears_what_is_told_and_keeps_the_log(world):
    world.say("Hello")
    assert world.say("/reset")[0].startswith("Cleared")

    session = world.parts.store.read("telegram-100")
    assert world.parts.core.build_context(session).messages == ()
    assert len(latest.last_calls(world.parts.store, session.name, 9)) == 1


def test_there_may_be_nothing_to_clear_or_to_end(world):
    assert world.say("/clear") == ["There is nothing to clear yet."]
    assert world.say("/cancel") == ["Nothing is under way here."]
    assert world.parts.store.names() == []


def test_cancel_ends_the_turn_of_its_place(world):
    here, there = Stop(), Stop()
    world.desk.turns.update({HERE.key: here, "-200": there})

    assert world.say("/cancel") == ["Stopping."]
    assert (here.is_set(), there.is_set()) == (True, False)
