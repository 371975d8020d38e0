"""What a conversation costs, who answers, and all of it as a file."""

import json

import pytest

NOTHING = "Nothing has been said here yet."


@pytest.mark.parametrize("command", ["/stats", "/export"])
def test_before_anything_was_said_there_is_nothing(world, command):
    assert world.say(command) == [NOTHING]


def test_figures_are_those_of_the_session(world):
    world.say("Hello")

    lines = world.say("/stats")[0].splitlines()
    assert lines[:2] == ["telegram-100", "2 messages, 0 tool calls, 0 errors"]
    assert "cost: $0.00" in lines[3]


def test_somebody_else_answers_when_they_are_named(world):
    world.environment["AI_PROVIDER"] = "anthropic"  # which has no key here
    assert world.say("/model echo") == ["Here answers: echo"]
    world.restart()

    assert world.say("Hello") == ["Hello"]
    assert world.say("/model")[0].startswith("Here answers: echo\n")
    assert world.say("/model default") == ["Here answers: as the settings say"]


def test_who_cannot_be_asked_is_an_error_and_changes_nothing(world):
    (told,) = world.say("/model auto:nonsense")

    assert "no such choice" in told
    assert "as the settings say" in world.say("/model")[0]


def test_an_agent_answers_owners_alone(world):
    assert "claude is an agent" in world.say("/model claude")[0]
    world.own()
    assert world.say("/model claude") == ["Here answers: claude"]


def test_a_conversation_comes_as_a_file(world):
    world.say("Hello")
    world.say("/export")
    world.say("/export json")

    (page, text, _), (document, data, _) = world.service.files
    assert (page, document) == ("telegram-100.md", "telegram-100.json")
    assert b"Hello" in text
    assert [one["content"] for one in json.loads(data)["messages"]] == ["Hello", "Hello"]


def test_a_form_that_there_is_not_is_told(world):
    world.say("Hello")

    assert world.say("/export pdf") == ["Not pdf; as md, json or html."]
