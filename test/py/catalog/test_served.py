"""The catalog and the lists of pools: what is new joins it, what is not listed is gone."""

import pytest

from ai_sessions.catalog import rotation

SEED = "google/gemini-2.0-flash-exp:free"
SERVED = "meta-llama/llama-3.2-3b-instruct:free"


def listed(*rows, pool="openrouter"):
    told = {"day": "2026-11-29", "source": "https://openrouter.ai/api/v1/models"}
    return rotation.load(None, {pool: {**told, "models": list(rows)}})


def test_a_model_of_ours_that_is_listed_again_is_served_again():
    assert rotation.load().find(SEED).retired
    assert listed({"id": SEED}).find(SEED).retired == ""


def test_a_model_of_ours_that_is_not_listed_is_gone_since_the_day_of_the_list():
    gone = listed({"id": "other/one"}).find(SERVED)

    assert (gone.retired, gone.date) == ("2026-11-29", "2026-11-29")
    assert gone.source == "https://openrouter.ai/api/v1/models"


def test_the_day_on_which_it_was_said_to_be_gone_stays():
    before = rotation.load().find(SEED)

    assert listed({"id": "other/one"}).find(SEED) == before


def test_a_list_that_names_nothing_says_nothing():
    assert listed() == rotation.load()


def test_the_last_resort_is_served_whatever_the_list_says():
    last = listed({"id": "openrouter/free", "free": False}, {"id": "a/b"}).find("openrouter/free")

    assert (last.retired, last.free, last.window) == ("", True, 200_000)


def test_what_a_pool_says_of_a_model_counts_more_than_what_is_built_in():
    row = {"id": SERVED, "window": 8192, "capabilities": ["text", "tools"], "display_name": "L"}
    found = listed(row).find(SERVED)

    assert (found.window, found.capabilities) == (8192, {"text", "tools"})
    assert (found.display_name, found.best_for) == (
        "Meta Llama 3.2 3B",
        "general tasks, efficiency",
    )


def test_a_model_that_is_not_free_any_more_is_not_free():
    assert not listed({"id": SERVED, "free": False}).find(SERVED).free


def test_a_model_that_is_new_comes_after_ours_with_its_source():
    known = listed({"id": "new/one:free", "display_name": "New One", "free": True, "window": 9})

    new = known.models[-1]
    assert (new.key, new.display_name, new.free, new.window) == (
        "openrouter:new/one:free",
        "New One",
        True,
        9,
    )
    assert (new.date, new.source) == ("2026-11-29", "https://openrouter.ai/api/v1/models")
    assert len(known.models) == len(rotation.load().models) + 1


def test_the_list_of_one_pool_says_nothing_of_another():
    assert listed({"id": "m"}, pool="groq").of("openrouter") == rotation.load().of("openrouter")


@pytest.mark.parametrize("pool", ["nobody", "lab"])
def test_a_list_of_a_pool_that_nobody_knows_is_left_out(pool):
    assert listed({"id": "m"}, pool=pool) == rotation.load()


def test_the_users_own_file_counts_more_than_a_list(tmp_path):
    file = tmp_path / "models.yaml"
    file.write_text(f"models: [{{pool: openrouter, id: '{SEED}', retired: '', window: 5}}]")
    told = {"day": "2026-11-29", "source": "s", "models": [{"id": "other/one"}]}

    found = rotation.load(file, {"openrouter": told}).find(SEED)

    assert (found.retired, found.window) == ("", 5)
