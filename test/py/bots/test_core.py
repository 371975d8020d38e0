"""What a bot does with what comes in."""

from ai_sessions.bots.events import Person, Place
from ai_sessions.sessions import latest
from chat_service import GROUP, World

OWNER = Person("9", "Olga")
STRANGER, ELSEWHERE = Person("666", "Mallory"), Place("666", is_private=True)


def test_a_message_is_answered_in_the_session_of_its_chat(world):
    assert world.say("Hello") == ["Hello"]

    session = world.parts.store.read("telegram-100")
    assert (session.about.interface, session.about.external_user_id) == ("telegram", "7")
    assert latest.last_calls(world.parts.store, session.name, 5)[0].status == "ok"


def test_a_stranger_is_answered_a_few_commands_a_minute(world):
    said = [world.say("/id", sender=STRANGER, place=ELSEWHERE) for _ in range(5)]

    assert [len(one) for one in said] == [1, 1, 1, 0, 0]


def test_a_stranger_is_told_once_and_leaves_nothing_but_a_refusal(world):
    first = world.say("Hello", sender=STRANGER, place=ELSEWHERE)
    again = world.say("Hello?", sender=STRANGER, place=ELSEWHERE)

    assert (len(first), again) == (1, [])
    assert "private" in first[0]
    assert world.parts.store.names() == []


def test_a_command_that_there_is_not_is_told_with_the_way_to_the_list(world):
    assert world.say("/frobnicate") == ["I do not know /frobnicate. /help lists what I know."]


def errors(world):
    return world.parts.store.read("telegram-100").totals.errors


def test_what_fails_is_said_shortly_and_counted(world, monkeypatch):
    def broken(*_given):
        raise OSError(5, "the disk is broken", "/secret")

    world.say("Hello")
    monkeypatch.setattr("ai_sessions.bots.messages.question", broken)

    (told,) = world.say("Hello")
    assert told.startswith("something went wrong here")
    assert "secret" not in told
    assert errors(world) == 1


def test_a_mistake_is_no_error_of_the_conversation(world):
    world.say("Hello")

    assert "no such choice" in world.say("/model auto:nonsense")[0]
    assert errors(world) == 0


def test_a_group_is_answered_only_when_the_bot_is_meant(world):
    assert world.say("Hello all", place=GROUP, is_addressed=False) == []
    assert world.say("Hello bot", place=GROUP) == ["Ann: Hello bot"]


def test_who_is_too_fast_has_to_wait_but_owners_need_not(environment, tmp_path):
    world = World({**environment, "BOT_RATE_LIMIT": "2"}, tmp_path)
    said = [world.say(text)[0] for text in ("/id", "/id", "/id")]
    world.own(OWNER)

    assert said[2] == "That is faster than I may answer you; wait 30 seconds."
    assert all(world.say("/id", sender=OWNER)[0].startswith("You are 9") for _ in range(4))


def test_a_group_that_was_allowed_is_allowed_where_it_has_moved_to(world):
    world.do(world.event(place=GROUP, kind="moved", moved_to="-100500"))
    there = Place("-100500", title="Team")

    assert world.say("Hello", place=there, sender=Person("8", "Bob")) == ["Bob: Hello"]
    assert world.say("Hello", place=Place("-100501"), sender=Person("9", "Eve")) != ["Eve: Hello"]


def test_of_what_a_stranger_says_nothing_is_kept(world):
    event = world.event("I am nobody you know", sender=STRANGER, place=ELSEWHERE)
    world.do(event)

    assert world.desk.inbox.read(event.id).text == ""
    assert world.desk.inbox.left() == []


def test_a_mistake_is_no_incident(world, caplog):
    world.say("Hello")
    (told,) = world.say("/forget nothing")

    assert "has no pin" in told
    assert not told.endswith(")")
    assert "incident" not in caplog.text
