"""A strategy by its name: built in, or brought by a package."""

from importlib.metadata import EntryPoint

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.rotation import registry


@pytest.fixture
def bring(monkeypatch):
    """Installs a package with a strategy, as far as we can see."""

    def name(value):
        entry = EntryPoint("mine", value, registry.GROUP)
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry])

    return name


@pytest.mark.parametrize("name", ["paced", "seed", "round-robin", "least-used"])
def test_each_strategy_is_found_by_its_name(name):
    assert registry.named(name).name == name


def test_a_strategy_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="no strategy is called 'pace'") as refused:
        registry.named("pace")

    assert refused.value.hint.startswith("did you mean paced? there are paced, seed, round-robin")


def test_a_name_that_resembles_none_gets_the_list_alone():
    with pytest.raises(ConfigError) as refused:
        registry.named("xyz")

    assert refused.value.hint == "there are paced, seed, round-robin, least-used"


def test_a_package_brings_a_strategy_of_its_own(bring):
    bring("ai_sessions.rotation.strategies.seed:Seed")

    assert registry.named("mine").name == "seed"


@pytest.mark.parametrize("value", ["no.such.module:Class", "builtins:object"])
def test_a_package_whose_strategy_does_not_work_is_named(bring, value):
    bring(value)

    with pytest.raises(ConfigError, match="the strategy mine"):
        registry.named("mine")
