"""What follows from the figures of a window and of a call."""

from datetime import UTC, datetime

import pytest

from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.rotation.records import Candidate, Need, Outcome, Place, WindowState

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "used", "held", "left"), [(10, 3, 2, 5), (10, 12, 0, 0), (None, 3, 2, None)]
)
def test_what_is_left_of_a_window_is_never_below_nothing(limit, used, held, left):
    assert WindowState("all", "requests", "day", limit, used, held).left == left


def test_a_call_takes_what_it_is_told_and_a_usual_answer_of_a_quota():
    assert Need(prompt_tokens=300, answer_tokens=40, history_tokens=5).tokens == 345
    assert Need(prompt_tokens=300, answer_tokens=4096).tokens == 1300


def test_a_model_has_to_hold_the_question_and_the_longest_answer():
    assert Need(prompt_tokens=300, answer_tokens=4096, history_tokens=5).least_window == 4396


def test_only_an_answered_call_is_one():
    assert Outcome("ok", NOW).ok
    assert not Outcome("rate_limit", NOW, http=429).ok


def test_a_candidate_has_the_key_of_its_model():
    model = ModelEntry("deepseek/deepseek-r1:free", "DeepSeek R1", "openrouter")

    assert Candidate(model).key == "openrouter:deepseek/deepseek-r1:free"


def test_models_of_an_account_share_a_quota_and_have_one_of_their_own():
    pool = Pool("openrouter", "OpenRouter", "https://openrouter.ai/api/v1")
    one, other = (Place(pool, ModelEntry(id_, id_, "openrouter"), "ab12") for id_ in ("a", "b"))

    assert one.quota == other.quota == "quota:openrouter#ab12"
    assert one.own_quota == "quota:openrouter#ab12/a"
