"""What the assistant is told to do for itself: meet a person, forget them, prefer a model."""

import io
import json
import stat
import sys

import pytest

from loopback import Turn

SEED = "Declan\nBrakel\n1\n"


def profile(folder):
    return json.loads((folder / "user_session.json").read_text())


@pytest.fixture
def piped(monkeypatch):
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_pipe_answers_as_a_person_does(cli, here, piped):
    piped(SEED)
    answer = cli("assistant", "--init")

    assert answer.out.splitlines() == [
        "✅ Session created!",
        "👋 Hello Declan, I'm Brakel—your personal AI assistant!",
    ]
    assert "👤 What's your name? Declan\n🤖 What would you like to call me? Brakel\n" in answer.err
    assert "🎯 Choose your preferred model (1-5): 1\n" in answer.err


def test_what_an_option_gives_is_not_asked(cli, here, piped):
    piped("Declan\n")
    answer = cli("assistant", "--init", "--assistant", "Brakel", "--model", "3")

    assert answer.code == 0
    assert "call me" not in answer.err
    assert profile(here)["preferred_model"] == "meta-llama/llama-3.2-3b-instruct:free"


@pytest.mark.usefixtures("met")
def test_nobody_else_can_read_it(here):
    assert stat.S_IMODE(here.stat().st_mode) == 0o700
    assert stat.S_IMODE((here / "user_session.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("answers", ["", "Declan\n", "Declan\nBrakel\n", "Declan\nBrakel\n9\n"])
def test_with_an_answer_missing_nothing_is_made(cli, here, piped, answers):
    piped(answers)
    answer = cli("assistant", "--init")

    assert answer.code == 2
    assert "hint: assistant.sh --init --name Declan" in answer.err
    assert not (here / "user_session.json").exists()


@pytest.mark.parametrize(
    ("name", "own", "model", "told"),
    [
        ("Declan", "Brakel", "9", "'9'"),
        ("Declan", "Brakel", "nobody/knows:free", "nobody/knows:free"),
        ("x" * 101, "Brakel", "1", "your name"),
        ("\x1b[2J", "Brakel", "1", "your name"),
    ],
)
def test_what_cannot_be_taken_is_one_line(cli, here, name, own, model, told):
    answer = cli("assistant", "--init", "--name", name, "--assistant", own, "--model", model)

    assert answer.code == 2
    assert told in answer.err.splitlines()[0]
    assert not (here / "user_session.json").exists()


def test_once_more_keeps_what_is_not_answered(cli, met, piped):
    before = profile(met)
    piped("\nJarvis\n\n")
    answer = cli("assistant", "--init")

    assert answer.out.startswith("✅ Session changed!\n")
    assert profile(met) == before | {"assistant_name": "Jarvis"}


def test_reset_forgets_the_person_and_says_what_stays(cli, met):
    answer = cli("assistant", "--reset")

    assert answer.out == "✅ Session reset!\n"
    assert "still counted" in answer.err
    assert not (met / "user_session.json").exists()
    assert cli("assistant", "--reset").out == "there was no session to reset\n"


def test_a_favorite_comes_and_goes(cli, met):
    name = "meta-llama/llama-3.2-3b-instruct:free"
    assert cli("assistant", "--favorite", "3").out == "🎯 Meta Llama 3.2 3B is a favorite now\n"
    assert name in profile(met)["favorite_models"]

    cli("assistant", "--unfavorite", name)
    assert name not in profile(met)["favorite_models"]


@pytest.mark.usefixtures("here")
def test_nobody_prefers_nothing(cli):
    answer = cli("assistant", "--favorite", "3")

    assert answer.code == 4
    assert "hint: assistant.sh --init" in answer.err


@pytest.mark.usefixtures("met")
def test_a_suggestion_is_one_line(cli):
    answer = cli("assistant", "--suggest-model")

    assert answer.out.startswith("🎯 Recommended model: ")
    assert answer.out.count("\n") == 1


@pytest.mark.usefixtures("met")
def test_explained_each_model_shows_what_its_score_is_the_sum_of(cli, monkeypatch):
    monkeypatch.setenv("AI_STRATEGY", "seed")
    _first, _empty, head, *rows = cli("assistant", "--suggest-model", "--explain").out.splitlines()

    assert head.split()[:3] == ["model", "score", "base"]
    nemotron = next(row for row in rows if row.startswith("Nemotron 70B"))
    assert nemotron.split()[2:] == ["130.00", "+100.00", "0.00", "+20.00", "+10.00"]


@pytest.mark.usefixtures("met")
def test_who_may_not_answer_is_told_with_the_reason(cli, openrouter):
    llama = "meta-llama/llama-3.2-3b-instruct:free"
    openrouter({llama: [Turn(status=404)], "openrouter/free": []})
    cli("assistant", "ask", "Hello?")
    _table, _, left_out = cli("assistant", "--suggest-model", "--explain").out.partition("Not now:")

    assert left_out.startswith("\n  Meta Llama 3.2 3B: pauses for")
    told = json.loads(cli("assistant", "--suggest-model", "--json").out)["ranked"]
    assert [bool(one["excluded"]) for one in told] == [False, True]


@pytest.mark.usefixtures("met")
def test_a_suggestion_tells_programs_all_of_it(cli, monkeypatch):
    monkeypatch.setenv("AI_STRATEGY", "seed")
    told = json.loads(cli("assistant", "--suggest-model", "--json").out)

    best = told["ranked"][0]
    assert told["model"] == best["model"]
    assert sum(best["terms"].values()) == pytest.approx(best["score"])
