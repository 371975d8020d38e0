"""The answer of a model in a chat."""

import pytest

from ai_sessions.assemble import chats
from ai_sessions.bots.answering import AGAIN, ended
from ai_sessions.bots.events import Attachment
from ai_sessions.errors import ProviderError
from ai_sessions.jobs import Result
from ai_sessions.records import Cost, Interaction, Message
from ai_sessions.sessions import latest


def call(status, text="", **detail):
    said = (Message("user", "Hi"), *([Message("assistant", text)] if text else []))
    return Interaction("the-call-12345678", "", "claude", "m", said, status=status, detail=detail)


def test_an_answer_is_said_as_it_is():
    (said,) = ended(call("ok", "Good day"))

    assert (said.text, said.buttons, said.is_answer) == ("Good day", (), True)


@pytest.mark.parametrize(("is_late", "why"), [(True, "restarted"), (False, "stopped")])
def test_one_that_was_cut_off_is_said_as_far_as_it_came_and_can_be_asked_again(is_late, why):
    (said,) = ended(call("interrupted", "Good"), is_late=is_late)

    assert said.text.startswith("Good\n\n(") and why in said.text
    assert [one.data for one in said.buttons] == [AGAIN]


def test_one_that_failed_says_why_with_an_id_to_look_it_up_by():
    failed = call("error")
    error = ProviderError("the model is overloaded", "try later")
    result = Result("", failed, None, "new", error=error)

    (said,) = ended(failed, result)
    assert said.text == "the model is overloaded\ntry later\n(12345678)"


def test_a_failed_call_is_in_the_log_by_the_word_that_is_said(world, caplog):
    world.environment |= {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    world.environment |= {"AI_MODEL": "m", "OPENAI_API_KEY": "no-key"}

    (told,) = world.say("Hello")
    assert f"incident {told.splitlines()[-1].strip('()')}: " in caplog.text


def test_one_that_failed_before_a_restart_says_what_is_on_record():
    (said,) = ended(call("error", error="overloaded"), is_late=True)

    assert said.text == "overloaded\n(12345678)"


def test_a_word_is_said_when_another_conversation_begins_and_no_other_time(world):
    first, second = world.say("Hello"), world.say("Still there?")
    world.parts.core.deactivate("telegram-100")
    third, fourth = world.say("And now?"), world.say("Good.")

    assert [first, second, fourth] == [["Hello"], ["Still there?"], ["Good."]]
    assert third == ["(The last conversation here was over; this is a new one.)", "And now?"]


def test_after_new_no_further_word_is_said(world):
    world.say("Hello")
    world.say("/new")

    assert world.say("Hello again") == ["Hello again"]


def spent(world, nusd):
    cost = Cost(nusd, "client")
    world.desk.spending.add("7", Interaction("before", "", "claude", "m", (), cost=cost))


def test_who_has_spent_their_budget_is_told_and_nobody_is_asked(world):
    world.environment["BOT_USER_BUDGET"] = "0.50"
    assert world.say("Hello") == ["Hello"]
    spent(world, 500_000_000)

    assert world.say("Hello?")[0].startswith("Your budget of $0.5000 for today is used up.")
    assert len(latest.last_calls(world.parts.store, "telegram-100", 9)) == 1


def test_an_owner_has_no_such_budget(world):
    world.environment["BOT_USER_BUDGET"] = "0.50"
    world.own()
    spent(world, 500_000_000)

    assert world.say("Hello") == ["Hello"]


def test_an_agent_which_reads_files_answers_owners_alone(world):
    world.environment["AI_PROVIDER"] = "claude"

    assert "claude is an agent" in world.say("Hello")[0]
    world.own()
    assert "claude is an agent" not in world.say("Hello")[0]


def test_what_was_attached_goes_to_the_model(world, monkeypatch):
    prepared, asked = chats.prepared, []

    def watched(parts, session, wanted, id_=""):
        asked.append(wanted)
        return prepared(parts, session, wanted, id_)

    async def fetch(_attachment):
        return b"%PDF-1.7"

    monkeypatch.setattr(chats, "prepared", watched)
    world.desk.fetch = fetch
    world.say("Read this.", attachments=(Attachment("f1", "a.pdf", "application/pdf"),))

    (part,) = asked[0].parts
    assert part["file"]["filename"] == "a.pdf"
