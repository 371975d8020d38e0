"""Variables of NovaSystem count as settings of ours, and one line says what to set instead."""

import pytest

from ai_sessions import config
from ai_sessions.config import novasystem
from ai_sessions.errors import ConfigError


@pytest.mark.parametrize(("theirs", "ours"), [("true", "auto"), ("False", "false"), ("1", "auto")])
def test_what_it_saves_by_itself_is_what_programs_ask(theirs, ours):
    assert config.load({"NOVASYSTEM_AUTO_SAVE": theirs})["RECORD"] == ours


def test_its_yes_counts_before_what_a_file_says():
    file = config.Layer("file", {"RECORD": "false"})

    assert config.load({"NOVASYSTEM_AUTO_SAVE": "true"}, files=(file,))["RECORD"] == "auto"


def test_its_folder_and_model_are_ours():
    found = config.load({"NOVASYSTEM_SESSION_DIR": "mine", "NOVASYSTEM_DEFAULT_MODEL": "opus"})

    assert found["RECORD_DIR"] == "mine"
    assert found["AI_MODEL"] == "opus"


def test_a_wrong_value_is_told_with_its_variable():
    with pytest.raises(ConfigError, match=r"RECORD='maybe' \(NOVASYSTEM_AUTO_SAVE\): use one of"):
        config.load({"NOVASYSTEM_AUTO_SAVE": "maybe"}).check()


def test_our_own_variable_wins_and_then_nothing_is_said():
    environment = {"NOVASYSTEM_AUTO_SAVE": "false", "RECORD": "true"}

    assert config.load(environment)["RECORD"] == "true"
    assert config.hint(environment) == ""


def test_one_line_tells_what_to_set_and_what_is_not_used():
    environment = {
        "NOVASYSTEM_AUTO_SAVE": "false",
        "NOVASYSTEM_SESSION_DIR": "mine",
        "NOVASYSTEM_TEMPERATURE": "0.1",
        "NOVASYSTEM_LOG_LEVEL": "",
    }

    assert config.hint(environment) == (
        "NOVASYSTEM_SESSION_DIR counts as RECORD_DIR, NOVASYSTEM_AUTO_SAVE counts as RECORD: "
        "set RECORD_DIR, RECORD instead; not used: NOVASYSTEM_TEMPERATURE"
    )


@pytest.mark.parametrize("environment", [{}, {"NOVASYSTEM_AUTO_SAVE": ""}, {"RECORD": "true"}])
def test_without_its_variables_nothing_is_said(environment):
    assert config.hint(environment) == ""


def test_every_counterpart_is_a_setting():
    named = {ours for ours, _key in novasystem.COUNTERPARTS.values()}

    assert named | set(novasystem.ONLY_IN_FILES.values()) <= set(config.BY_NAME)
