"""What anybody types first."""

from ai_sessions.bots.events import Person, Place
from chat_service import GROUP

BOB, BOBS = Person("8", "Bob"), Place("8", is_private=True)


def test_the_code_makes_an_owner(world):
    code = world.desk.members.new_code()

    assert world.say(f"/start {code}", sender=BOB, place=BOBS) == [
        "You are the owner of this bot now. /help lists what it does."
    ]
    assert world.desk.members.is_owner("8")


def test_a_wrong_code_makes_none(world):
    assert "wrong or too old" in world.say("/start ABCD", sender=BOB, place=BOBS)[0]
    assert not world.desk.members.is_owner("8")


def test_who_has_an_owner_shows_no_code_again(world):
    world.own()

    (told,) = world.say("/start ABCD", sender=BOB, place=BOBS)
    assert told == "That code is wrong or too old, and this bot has an owner already."


def test_a_stranger_is_told_how_to_come_in_a_user_what_to_do(world):
    assert "This bot is private" in world.say("/start", sender=BOB, place=BOBS)[0]
    assert "/help" in world.say("/start")[0]


def test_ids_are_told_to_anybody(world):
    assert world.say("/id", place=Place("8", "3"), sender=BOB) == [
        "You are 8; this chat is 8, topic 3."
    ]
    assert world.say("/id", place=GROUP) == ["You are 7; this chat is -200."]
