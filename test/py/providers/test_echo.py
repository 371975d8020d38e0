"""The echo: what went in comes out, for nothing, and it says that no AI was called."""

from ai_sessions.providers.echo import Echo
from ai_sessions.records import Cost, Message


def test_the_prompt_comes_back_and_costs_nothing(request_of):
    reply = Echo().run(request_of("Grüße\n\x00"), print)

    assert (reply.text, reply.model, reply.failure) == ("Grüße\n\x00", "echo", None)
    assert reply.cost == Cost(0, "echo")


def test_its_tokens_are_estimated_and_said_to_be(request_of):
    usage = Echo().run(request_of("one two three"), print).usage

    assert usage.estimated
    assert usage.input_tokens == usage.output_tokens > 0


def test_it_goes_on_with_nothing_and_changes_nothing(request_of):
    assert Echo().run(request_of("a"), print).resume is None
    assert not Echo.quirks.keeps_context
    assert not Echo.quirks.edits_files
    assert "no AI was called" in Echo.quirks.note


def test_of_a_history_without_a_prompt_the_last_message_comes_back(request_of):
    history = (Message("user", "one"), Message("user", "two"))

    assert Echo().run(request_of("", history=history), print).text == "two"
