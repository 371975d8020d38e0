"""What a model is told."""

import pytest

from ai_sessions.records import Cost, Interaction

NOTHING = "Nothing has been said here yet."


def test_what_is_remembered_is_told_and_can_be_taken_away(world):
    (told,) = world.say("/remember The port is 8080.")
    key = told.split()[2].rstrip(";")

    assert world.say("/remember") == [f"{key}: The port is 8080."]
    assert world.say(f"/forget {key}") == [f"Forgotten: {key}"]
    assert world.say("/remember")[0].startswith("Nothing is remembered.")


def test_a_key_that_there_is_not_is_an_error(world):
    world.say("Hello")

    assert "nope" in world.say("/forget nope")[0]
    assert world.say("/forget") == ["Which one? /remember lists them."]


def test_state_is_set_shown_and_taken_away(world):
    assert world.say("/state plan=pro") == ['plan = "pro"']
    assert world.say("/state n=2") == ['plan = "pro"\nn = 2']
    assert world.say("/state plan=null") == ["n = 2"]
    assert world.parts.store.read("telegram-100").state == {"n": 2}


@pytest.mark.parametrize("command", ["/context", "/summary", "/forget x"])
def test_before_anything_was_said_there_is_nothing(world, command):
    assert world.say(command) == [NOTHING]
    assert world.parts.store.names() == []


def test_the_context_is_told_part_by_part(world):
    world.say("/remember Be brief.")
    world.say("Hello")

    lines = world.say("/context")[0].splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "what is remembered",
        "the newest messages",
    ]
    assert lines[-1].startswith("together ")


def test_a_summary_is_of_older_messages_when_there_are_enough(world):
    world.environment["MIN_MESSAGES_TO_SUMMARIZE"] = "4"
    world.restart()
    world.say("The deploy key is in the safe.")
    assert world.say("/summary") == ["There are too few messages for a summary."]
    for number in range(5):
        world.say(f"Question {number}")

    (told,) = world.say("/summary")
    assert "deploy key" in told
    assert world.say("/summary") == [told]


def test_who_has_spent_their_budget_has_no_summary(world):
    world.environment["BOT_USER_BUDGET"] = "0.50"
    world.say("Hello")
    spent = Interaction("before", "", "claude", "m", (), cost=Cost(500_000_000, "client"))
    world.desk.spending.add("7", spent)

    assert world.say("/summary")[0].startswith("Your budget of $0.5000 for today is used up.")
