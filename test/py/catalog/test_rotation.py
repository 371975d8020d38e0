"""Models and the pools that they share."""

from ai_sessions.catalog.rotation import ModelEntry


def test_the_key_of_a_model_is_its_pool_and_its_own_name():
    assert ModelEntry("a/b:free", "A", "openrouter").key == "openrouter:a/b:free"
