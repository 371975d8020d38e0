"""A strategy by its name: built in, or brought by a package."""

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.rotation import registry


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Installs a package with a strategy `mine`."""

    def install(value, code=""):
        (tmp_path / "brought.py").write_text(code)
        about = tmp_path / "brought-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Name: brought\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\nmine = {value}\n")
        monkeypatch.syspath_prepend(tmp_path)

    return install


@pytest.mark.parametrize("name", ["paced", "seed", "round-robin", "least-used"])
def test_each_strategy_is_found_by_its_name(name):
    assert registry.named(name).name == name


def test_a_strategy_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="AI_STRATEGY='pace': no such strategy") as refused:
        registry.named("pace")

    assert refused.value.hint.startswith("did you mean paced? there are paced, seed, round-robin")


def test_a_name_that_resembles_none_gets_the_list_alone():
    with pytest.raises(ConfigError) as refused:
        registry.named("xyz")

    assert refused.value.hint == "there are paced, seed, round-robin, least-used"


def test_a_package_brings_a_strategy_of_its_own(bring):
    bring("brought:Mine", "class Mine:\n    name = 'mine'\n\n    def rank(self): ...\n")

    assert registry.named("mine").name == "mine"


def test_what_is_built_in_is_not_looked_for_in_packages(bring):
    bring("no.such.module:Class")

    assert registry.named("paced").name == "paced"


def test_strategies_of_packages_are_listed_with_the_others(bring):
    bring("brought:Mine")

    with pytest.raises(ConfigError) as refused:
        registry.named("min")
    assert refused.value.hint.startswith("did you mean mine? ")
    assert refused.value.hint.endswith(", mine")


@pytest.mark.parametrize("value", ["no.such.module:Class", "builtins:object"])
def test_a_package_whose_strategy_does_not_work_is_named(bring, value):
    bring(value)

    with pytest.raises(ConfigError, match="the strategy mine"):
        registry.named("mine")
