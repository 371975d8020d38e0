"""Models and the pools that they share."""

import pytest

from ai_sessions.catalog import rotation
from ai_sessions.catalog.rotation import ModelEntry
from ai_sessions.config.table import POOL_KEYS
from ai_sessions.errors import NotFound

KNOWN = rotation.load()


def test_the_key_of_a_model_is_its_pool_and_its_own_name():
    assert ModelEntry("a/b:free", "A", "openrouter").key == "openrouter:a/b:free"


def test_the_five_that_a_new_user_is_offered_are_those_of_the_first_description():
    top = [KNOWN.find(key) for key in KNOWN.top]

    assert [(one.display_name, one.window, one.best_for) for one in top] == [
        (
            "Google Gemini 2.0 Flash",
            1_000_000,
            "general conversation, fast responses, large context",
        ),
        ("DeepSeek R1", 131_072, "reasoning, math, code analysis"),
        ("Meta Llama 3.2 3B", 131_072, "general tasks, efficiency"),
        ("Mistral 7B Instruct", 32_768, "multilingual, instruction following"),
        ("Nemotron 70B", 131_072, "complex reasoning, large context"),
    ]


@pytest.mark.parametrize("key", KNOWN.top)
def test_each_of_the_five_may_be_asked_1000_times_a_day(key):
    (limit,) = KNOWN.find(key).limits

    assert (limit.unit, limit.period, limit.amount) == ("requests", "day", 1000)
    assert limit.origin == "written"


def test_those_that_are_served_no_more_say_since_when():
    gone = {one.id: one.retired for one in KNOWN.of("openrouter") if one.retired}

    assert gone["google/gemini-2.0-flash-exp:free"] == "2026-03-22"
    assert gone["deepseek/deepseek-r1:free"] == "2026-03-22"


def test_the_last_resort_is_one_model_and_comes_after_all_others_of_its_pool():
    last = [one for one in KNOWN.models if one.is_last_resort]

    assert [one.id for one in last] == ["openrouter/free"]
    assert KNOWN.of("openrouter")[-1] is last[0]


def test_everything_has_a_source_and_the_day_on_which_it_was_read():
    told = [*KNOWN.pools.values(), *KNOWN.models]

    assert [one for one in told if not (one.source.startswith("http") and one.date)] == []


def test_the_key_of_every_pool_with_a_server_is_a_setting():
    keys = {pool.key_variable for pool in KNOWN.pools.values() if pool.url}

    assert keys == set(POOL_KEYS)


def test_every_default_is_a_model_that_is_served():
    defaults = [f"{one.name}:{one.default_model}" for one in KNOWN.pools.values() if one.url]

    assert [key for key in defaults if KNOWN.find(key).retired] == []


@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_a_subscription_has_two_windows_of_which_only_the_part_used_is_told(agent):
    limits = KNOWN.pools[agent].limits

    assert [limit.rolling_s for limit in limits] == [5 * 3600, 7 * 24 * 3600]
    assert {(limit.unit, limit.period, limit.amount) for limit in limits} == {
        ("percent", "rolling", None)
    }


def test_a_model_is_found_by_its_key_or_by_an_id_that_one_pool_has():
    by_id = KNOWN.find("deepseek/deepseek-r1:free")

    assert by_id is KNOWN.find("openrouter:deepseek/deepseek-r1:free")


def test_an_id_of_several_pools_is_refused_with_their_keys():
    with pytest.raises(NotFound, match="2 pools serve") as caught:
        KNOWN.find("openai/gpt-oss-120b")

    assert caught.value.hint == (
        "name one of: groq:openai/gpt-oss-120b, nvidia:openai/gpt-oss-120b"
    )


def test_an_unknown_model_is_refused_with_the_nearest():
    with pytest.raises(NotFound, match="no model 'deepseek/deepseek-r2:free'") as caught:
        KNOWN.find("deepseek/deepseek-r2:free")

    assert "did you mean deepseek/deepseek-r1:free?" in caught.value.hint
