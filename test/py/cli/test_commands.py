"""The table of commands leads to code and to scripts that are there."""

from importlib import import_module
from pathlib import Path

import click
import pytest

from ai_sessions.cli import commands

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


@pytest.mark.parametrize("entry", commands.COMMANDS, ids=lambda one: one.name)
def test_each_leads_to_a_command_and_to_a_script(entry):
    module, attribute = entry.target.split(":")

    assert isinstance(getattr(import_module(module), attribute), click.Command)
    assert (SCRIPTS / entry.script).is_file()
    assert entry.summary == entry.summary.strip(" .")


def test_no_script_is_missing_in_the_table():
    named = {entry.script for entry in commands.COMMANDS}

    assert {path.name for path in SCRIPTS.glob("*.sh")} == named


def test_names_are_there_once():
    assert len(commands.BY_NAME) == len(commands.COMMANDS)


def test_words_of_other_tools_lead_to_commands_and_hide_none():
    assert {words[0] for words in commands.SYNONYMS.values()} <= set(commands.BY_NAME)
    assert not set(commands.SYNONYMS) & set(commands.BY_NAME)


def test_a_command_of_sessions_is_typed_behind_the_one_script_they_share():
    assert commands.BY_NAME["list"].typed == "ai-session.sh list"
    assert commands.BY_NAME["plan"].typed == "plan.sh"
    assert commands.WORDS["plan.sh"] == "plan"
    assert commands.WORDS["ai-session.sh"] == ""
