"""Names of models: a person's, a file's, and the key that counts."""

import pytest

from ai_sessions.assistant.models import Models
from ai_sessions.catalog.rotation import Catalog, ModelEntry, Pool
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.rotation.records import Place

DEEPSEEK = "deepseek/deepseek-r1:free"


def test_the_five_of_the_first_program_are_offered_in_its_order(models):
    assert [one.display_name for one in models.top] == [
        "Google Gemini 2.0 Flash",
        "DeepSeek R1",
        "Meta Llama 3.2 3B",
        "Mistral 7B Instruct",
        "Nemotron 70B",
    ]


@pytest.mark.parametrize("text", ["2", " 2 ", DEEPSEEK, f"openrouter:{DEEPSEEK}"])
def test_a_person_names_a_model_by_number_name_or_key(models, text):
    assert models.chosen(text).display_name == "DeepSeek R1"


@pytest.mark.parametrize("text", ["0", "6", "-1", "+1", "", "²", "\uff11"])
def test_a_number_that_no_model_has_is_refused(models, text):
    with pytest.raises((UsageError, NotFound)) as raised:
        models.chosen(text)
    assert raised.value.hint


def test_a_name_that_nobody_knows_is_refused_with_the_nearest(models):
    with pytest.raises(NotFound, match="deepsek") as raised:
        models.chosen("deepsek/deepseek-r1:free")
    assert DEEPSEEK in raised.value.hint


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (DEEPSEEK, f"openrouter:{DEEPSEEK}"),
        ("new/model:free", "openrouter:new/model:free"),
        ("groq:whatever", "groq:whatever"),
        ("gpt-5", "other:gpt-5"),
        ("x:gpt-5", "other:x:gpt-5"),
    ],
)
def test_every_name_has_a_key_and_comes_back_from_it(models, name, key):
    assert models.key(name) == key
    assert models.key(models.name(key)) == key
    assert models.key(key) == key


def test_a_model_has_a_name_for_people(models):
    assert models.title(DEEPSEEK) == "DeepSeek R1"
    assert models.title("gpt-5") == "gpt-5"


def test_a_name_of_a_file_stays_what_it_is(models):
    assert models.name(models.key(DEEPSEEK)) == DEEPSEEK


def test_of_two_pools_that_serve_a_name_the_second_is_called_by_its_key():
    pools = {name: Pool(name, name, "http://x") for name in ("one", "two")}
    models = Models(Catalog(pools, tuple(ModelEntry("same", "Same", pool) for pool in pools)))

    assert [models.name(f"{pool}:same") for pool in pools] == ["same", "two:same"]


def test_a_model_is_asked_with_the_account_that_its_pool_has(models):
    pool = models.pools["openrouter"]
    there = Place(pool, models.entry(DEEPSEEK), "ab12")

    place = models.place("new/model:free", [there])

    assert (place.quota, place.has_key) == ("quota:openrouter#ab12", True)
    assert not models.place("gpt-5", [there]).has_key


def test_without_accounts_those_of_the_five_that_are_served_and_the_last_resort_are_offered(models):
    offered = [one.model.id for one in models.offered()]

    assert offered == [*(one.id for one in models.top if not one.retired), "openrouter/free"]
    assert len(offered) == 3
