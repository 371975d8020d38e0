"""Of layers of texts the strongest counts, of budgets the lowest; each value knows its place."""

import pytest

from ai_sessions.config.layers import Layer, Settings
from ai_sessions.errors import ConfigError


def of(**layers: dict[str, str]) -> Settings:
    """Layers by their origins, the strongest first; each value is on line 7."""
    return Settings([Layer(name, each, dict.fromkeys(each, 7)) for name, each in layers.items()])


def test_what_nobody_says_is_the_default():
    found = of(flag={}, file={"ATTEMPTS": "5"})

    assert (found["TEST_TIMEOUT"], found.origin("TEST_TIMEOUT")) == (300.0, "default")
    assert found.line("TEST_TIMEOUT") is None


def test_an_empty_text_lets_the_next_layer_speak():
    assert of(strong={"ATTEMPTS": ""}, weak={"ATTEMPTS": "5"})["ATTEMPTS"] == 5


def test_an_empty_text_counts_where_empty_means_something():
    assert of(strong={"AI_MODEL": ""}, weak={"AI_MODEL": "opus"})["AI_MODEL"] == ""


def test_a_place_is_a_file_with_its_line():
    found = Settings([Layer("/x/.env", {"ATTEMPTS": "5"}, {"ATTEMPTS": 3})])

    assert (found.origin("ATTEMPTS"), found.place("ATTEMPTS")) == ("/x/.env", "/x/.env:3")
    assert found.line("ATTEMPTS") == 3


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("USE_SESSIONS", "maybe", "use true or false"),
        ("AI_TIMEOUT", "soon", "use a number above 0"),
        ("ATTEMPTS", "1.5", "use a whole number above 0"),
        ("SESSION_FSYNC", "sometimes", "use one of: data, full, none"),
        ("BUDGET_DAY", "-1", "use dollars above 0"),
        ("AI_MODEL", "--yolo", "use a name that does not begin with a dash"),
        ("BUDGET_MODEL", "opus", "use names with dollars"),
    ],
)
def test_a_wrong_value_is_noticed_before_it_is_needed(name, text, allowed):
    with pytest.raises(ConfigError, match=rf"{name}='{text}' \(/x/.env:7\): {allowed}"):
        of(**{"/x/.env": {name: text}}).check()


def test_a_long_wrong_value_is_quoted_as_far_as_it_fits_into_a_line():
    with pytest.raises(ConfigError) as caught:
        of(environment={"ATTEMPTS": "9" * 1000 + "x"}).check()

    assert len(caught.value.message) < 200


@pytest.mark.parametrize(("strong", "weak"), [("much", "1"), ("1", "much")])
def test_a_budget_that_is_none_is_told_beside_a_right_one(strong, weak):
    found = of(strong={"BUDGET_CALL": strong}, weak={"BUDGET_CALL": weak})

    with pytest.raises(ConfigError, match="BUDGET_CALL='much'"):
        found["BUDGET_CALL"]


@pytest.mark.parametrize(
    ("strong", "middle", "weak", "counts", "who"),
    [
        ("1000", "1", "", "1", "middle"),
        ("1", "1000", "", "1", "strong"),
        ("9", "10", "", "9", "strong"),  # as numbers, not as text
        ("", "1000", "", "1000", "middle"),
        ("1000", "2", "1", "1", "weak"),
        ("1", "1.0", "1", "1", "strong"),
    ],
)
def test_of_a_budget_the_lowest_counts_whoever_set_it(strong, middle, weak, counts, who):
    layers = {"strong": strong, "middle": middle, "weak": weak}
    found = of(**{name: {"BUDGET_DAY": text} for name, text in layers.items()})

    assert (found["BUDGET_DAY"], found.origin("BUDGET_DAY")) == (counts, who)


def test_of_budgets_of_models_the_lowest_of_each_counts_and_all_who_set_one_are_told():
    found = of(
        environment={"BUDGET_MODEL": "opus=60 haiku=2"}, file={"BUDGET_MODEL": "opus=9 sonnet=5"}
    )

    assert found["BUDGET_MODEL"] == {"opus": "9", "haiku": "2", "sonnet": "5"}
    assert found.place("BUDGET_MODEL") == "file:7, environment:7"
    assert found.line("BUDGET_MODEL") is None
