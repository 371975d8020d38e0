"""The answer of a model in a chat."""

import pytest

from ai_sessions.bots.answering import AGAIN, ended
from ai_sessions.errors import ProviderError
from ai_sessions.jobs import Result
from ai_sessions.records import Interaction, Message


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


def test_one_that_failed_before_a_restart_says_what_is_on_record():
    (said,) = ended(call("error", error="overloaded"), is_late=True)

    assert said.text == "overloaded\n(12345678)"
