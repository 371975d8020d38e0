"""One setting changes, all else in the file stays as it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.config import reading
from ai_sessions.config.editing import in_json, in_yaml
from ai_sessions.errors import ConfigError

BLOCK = """\
# How we work.
test: {command: pytest} # fast

settings: # ours
  # as many as it takes
  ATTEMPTS: 5 # not 3
  AI_MODEL: "opus"

protected: [main]
"""


def settings_in(text):
    return dict(reading.yaml_layer(text, "config.yaml").values)


def test_a_value_is_replaced_where_it_stands():
    assert in_yaml(BLOCK, "ATTEMPTS", "7", "p") == BLOCK.replace("5", "7")
    assert in_yaml(BLOCK, "AI_MODEL", "haiku", "p") == BLOCK.replace('"opus"', "haiku")


def test_a_new_setting_follows_the_others():
    changed = in_yaml(BLOCK, "TEST_TIMEOUT", "600", "p")

    assert changed == BLOCK.replace('"opus"\n', '"opus"\n  TEST_TIMEOUT: 600\n')


def test_a_setting_goes_with_its_line_alone():
    assert in_yaml(BLOCK, "ATTEMPTS", None, "p") == BLOCK.replace("  ATTEMPTS: 5 # not 3\n", "")


def test_a_setting_that_is_not_there_goes_without_a_trace():
    assert in_yaml(BLOCK, "TEST_TIMEOUT", None, "p") == BLOCK


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "settings:\n  ATTEMPTS: 7\n"),
        ("# nothing yet", "# nothing yet\n\nsettings:\n  ATTEMPTS: 7\n"),
        ("test: x\n", "test: x\n\nsettings:\n  ATTEMPTS: 7\n"),
        ("settings:\n", "settings:\n  ATTEMPTS: 7\n"),
        ("settings:\n# none\ntest: x\n", "settings:\n  ATTEMPTS: 7\n# none\ntest: x\n"),
        ("settings: null # none\n", "settings: # none\n  ATTEMPTS: 7\n"),
        ("settings: {}\n", "settings: {ATTEMPTS: 7}\n"),
        ("settings: {AI_MODEL: a} # b\n", "settings: {AI_MODEL: a, ATTEMPTS: 7} # b\n"),
        ("settings: {ATTEMPTS: 5}\n", "settings: {ATTEMPTS: 7}\n"),
        ("settings:\n    AI_MODEL: a", "settings:\n    AI_MODEL: a\n    ATTEMPTS: 7\n"),
        ("settings:\n  AI_MODEL: >-\n    a\ntest: x\n", None),
        ("settings:\r\n  AI_MODEL: a\r\n", "settings:\r\n  AI_MODEL: a\r\n  ATTEMPTS: 7\r\n"),
        ('"settings": {"AI_MODEL": "a"}\n', '"settings": {"AI_MODEL": "a", ATTEMPTS: 7}\n'),
        (
            "{test: x, settings: {AI_MODEL: a}}\n",
            "{test: x, settings: {AI_MODEL: a, ATTEMPTS: 7}}\n",
        ),
    ],
)
def test_a_setting_fits_into_any_layout(before, after):
    changed = in_yaml(before, "ATTEMPTS", "7", "p")

    assert changed == after or after is None
    assert settings_in(changed) == {**settings_in(before), "ATTEMPTS": "7"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("settings:\n  ATTEMPTS: 5\n", "settings:\n"),
        ("settings: {ATTEMPTS: 5}\n", "settings: {}\n"),
        ("settings: {ATTEMPTS: 5, AI_MODEL: a}\n", "settings: {AI_MODEL: a}\n"),
        ("settings: {AI_MODEL: a, ATTEMPTS: 5}\n", "settings: {AI_MODEL: a}\n"),
        (
            "settings:\n  AI_MODEL: a\n  ATTEMPTS: |-\n    5\ntest: x\n",
            "settings:\n  AI_MODEL: a\ntest: x\n",
        ),
    ],
)
def test_a_setting_goes_out_of_any_layout(before, after):
    assert in_yaml(before, "ATTEMPTS", None, "p") == after


@pytest.mark.parametrize("text", ["{test: x}\n", "- a\n", "test: x\n...\n", "&a {test: x}\n"])
def test_what_only_a_person_can_change_is_left_to_one(text):
    with pytest.raises(ConfigError, match="p: its settings are laid out in a way that") as caught:
        in_yaml(text, "ATTEMPTS", "7", "p")
    assert caught.value.hint == "change it in an editor: 'ATTEMPTS: 7'"


@pytest.mark.parametrize(
    ("text", "said"),
    [("settings: {A", "p:1: not YAML"), ("settings:\n  NONE: 1", "p:2: unknown setting 'NONE'")],
)
def test_a_broken_file_is_told_with_its_line_and_not_touched(text, said):
    with pytest.raises(ConfigError, match=said):
        in_yaml(text, "ATTEMPTS", "7", "p")


LETTERS = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
LAYOUTS = (BLOCK, "settings: {ATTEMPTS: 5, AI_MODEL: x}\n", "")


@settings(max_examples=40)
@given(st.text(LETTERS, min_size=1), st.sampled_from(LAYOUTS))
def test_any_text_is_read_back_from_yaml_as_it_was_set(value, before):
    value = value.strip() or "x"
    changed = in_yaml(before, "AI_MODEL", value, "p")

    assert settings_in(changed) == {**settings_in(before), "AI_MODEL": value}
    assert in_yaml(changed, "AI_MODEL", None, "p").count("#") == before.count("#")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("5", "5"),
        ("2.50", "2.50"),
        ("true", "true"),
        ("yes", '"yes"'),
        ("NaN", '"NaN"'),
        ("007", '"007"'),
        ("null", '"null"'),
        ("Zürich", '"Zürich"'),
        ('say "x"', r'"say \"x\""'),
        ("[" * 5000, f'"{"[" * 5000}"'),
    ],
)
def test_json_has_the_type_that_reads_back_exactly(value, written):
    assert in_json("", "AI_MODEL", value, "p") == f'{{\n  "AI_MODEL": {written}\n}}\n'


def test_other_members_of_json_stay_as_they_are_written():
    text = '{"BUDGET_DAY": 2.50, "PRICES": {"m": {"input": 1.10}}, "ATTEMPTS": 5}'
    changed = in_json(text, "ATTEMPTS", "6", "p")

    assert '"BUDGET_DAY": 2.50,' in changed
    assert '"PRICES": {"m": {"input": 1.10}},' in changed
    assert json.loads(changed)["ATTEMPTS"] == 6
    assert list(json.loads(in_json(changed, "PRICES", None, "p"))) == ["BUDGET_DAY", "ATTEMPTS"]


def test_the_last_member_leaves_an_empty_object():
    assert in_json('{"ATTEMPTS": 5}', "ATTEMPTS", None, "p") == "{}\n"


def test_json_that_is_none_is_told_with_its_line():
    with pytest.raises(ConfigError, match="p:2: not JSON"):
        in_json('{"ATTEMPTS": 5,\n', "ATTEMPTS", "6", "p")
