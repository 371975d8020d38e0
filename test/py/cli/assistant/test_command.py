"""The command `assistant`: what is typed, and what it is taken for."""

import json

import pytest


@pytest.mark.usefixtures("here")
def test_its_help_names_the_script_and_the_commands_below_it(cli):
    answer = cli("assistant", "-h")

    assert answer.out.startswith("Usage: assistant.sh [OPTIONS] [ask TEXT | chat]\n")
    assert [line.split()[0] for line in answer.out.splitlines()[-2:]] == ["ask", "chat"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--init --reset", "--init and --reset exclude each other"),
        ("--stats --greeting", "--greeting and --stats exclude each other"),
        ("--name Declan", "--name needs --init"),
        ("--explain", "--explain needs --suggest-model"),
        ("--csv", "--csv needs --stats"),
        ("--stats --csv --json", "--json and --csv exclude each other"),
        ("--reset ask hello", "--reset and ask exclude each other"),
        ("--model 2 ask hello", "--model needs --init"),
        ("hello", "no such command"),
        ("--favorite", "requires an argument"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_changes_nothing(cli, here, words, told):
    answer = cli("assistant", *words.split())

    assert answer.code == 2
    assert told in answer.err.splitlines()[0]
    assert not here.exists()


@pytest.mark.usefixtures("here", "plain")
def test_json_may_stand_before_the_command(cli):
    answer = cli("assistant", "--json", "ask", "Is it?")

    assert json.loads(answer.out)["text"] == "success"


@pytest.mark.usefixtures("met")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--init --name Ada --assistant B -m 3", "✅ Session changed!"),
        ("--greeting", "Welcome back, Declan!"),
        ("--stats", "╔═"),
        ("--suggest-model", "🎯 Recommended model: "),
        ("--favorite 3", "🎯 Meta Llama 3.2 3B is a favorite now"),
        ("--unfavorite 2", "DeepSeek R1 is no favorite now"),
        ("--reset", "✅ Session reset!"),
        ("--debug", "Welcome back, Declan!"),
    ],
)
def test_each_option_does_what_it_says(cli, words, told):
    answer = cli("assistant", *words.split())

    assert (answer.code, answer.out[: len(told)]) == (0, told)


@pytest.mark.usefixtures("here", "plain")
@pytest.mark.parametrize("command", ["ask", "chat"])
def test_no_time_is_no_time_to_answer_in(cli, command):
    answer = cli("assistant", command, "--timeout", "0")

    assert answer.code == 2
    assert "--timeout" in answer.err
