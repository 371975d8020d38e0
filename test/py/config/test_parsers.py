"""The text of a setting: a wrong one is refused with its name, place and what to write."""

import pytest

from ai_sessions import config
from ai_sessions.config import parsers
from ai_sessions.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("USE_SESSIONS", "maybe"),
        ("SESSION_LOCK_TIMEOUT", "0"),
        ("SESSION_LOCK_TIMEOUT", "nan"),
        ("SESSION_TURN_TIMEOUT", "soon"),
        ("ATTEMPTS", "1.5"),
        ("SESSION_FSYNC", "sometimes"),
        ("ENV_KEEP", "NPM_TOKEN=x"),
        ("SUMMARIZE_THRESHOLD", "0"),
        ("SUMMARIZE_THRESHOLD", "1.1"),
        ("SESSION_EXPIRY_MS", "24h"),
        ("CACHE_MAX_SIZE", "0"),
        ("AI_WINDOW", "32k"),
        ("ANSWER_TOKENS", "0"),
        ("SUMMARY_MODEL", "--model"),
        ("TOKENIZER", "claude"),
        ("RECALL", "sometimes"),
        ("AI_MODELS", "openrouter:a --model"),
    ],
)
def test_a_wrong_value_names_itself_and_its_place(name, text):
    with pytest.raises(ConfigError, match=f"{name}='{text}' \\(environment\\)"):
        config.load({name: text})[name]


def test_debug_belongs_to_others_too_so_an_odd_word_is_no():
    found = config.load({"DEBUG": "express:*"})
    found.check()

    assert found["DEBUG"] is False


def test_the_constants_of_conversations_have_their_defaults():
    found = config.load({})
    names = (
        *("DEFAULT_TOKEN_LIMIT", "SUMMARIZE_THRESHOLD", "SUMMARY_MAX_TOKENS"),
        *("MIN_MESSAGES_TO_SUMMARIZE", "SESSION_EXPIRY_MS", "CLEANUP_INTERVAL_MS"),
        "CACHE_MAX_SIZE",
    )

    assert [found[name] for name in names] == [4000, 0.7, 500, 10, 86_400_000, 3_600_000, 1000]


@pytest.mark.parametrize(("text", "value"), [("", None), (" ", None), ("8192", 8192)])
def test_a_window_that_nobody_names_is_none(text, value):
    assert config.load({"AI_WINDOW": text})["AI_WINDOW"] == value


@pytest.mark.parametrize("text", ["NPM_TOKEN DB_PASS", "NPM_TOKEN,DB_PASS", " NPM_TOKEN, DB_PASS"])
def test_names_of_variables_may_be_separated_by_commas(text):
    assert config.load({"ENV_KEEP": text})["ENV_KEEP"] == ("NPM_TOKEN", "DB_PASS")


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("OFF", False)])
def test_yes_and_no_have_many_names(text, value):
    assert config.load({"USE_SESSIONS": text})["USE_SESSIONS"] is value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5m", 90), (" 6H ", 21600), ("1d", 86400), ("0", 0)],
)
def test_a_wait_is_seconds_or_has_a_unit(text, seconds):
    assert config.load({"AI_RETRY_WAIT": text})["AI_RETRY_WAIT"] == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "5x", "inf", "nan", "h", "1h30m", "1e999"])
def test_what_is_no_wait_is_refused(text):
    with pytest.raises(ConfigError, match="use seconds, or a time such as 5m or 6h"):
        config.load({"AI_RETRY_WAIT": text})["AI_RETRY_WAIT"]


def test_words_are_kept_once_in_their_order():
    found = config.load({"AI_MODELS": "groq:b, openrouter:a/b:free groq:b"})

    assert found["AI_MODELS"] == ("groq:b", "openrouter:a/b:free")


@pytest.mark.parametrize(
    ("text", "found"),
    [("data/x", "data/x"), ("~/x", "{home}/x"), ("/x/../y", "/x/../y"), ("", "data/sessions")],
)
def test_a_path_may_begin_in_the_working_folder(monkeypatch, tmp_path, text, found):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert config.load({"RECORD_DIR": text})["RECORD_DIR"] == found.format(home=tmp_path)


@pytest.mark.parametrize(
    ("text", "found"),
    [("", ()), ("/a: ~/b :/a/", ("/a", "{home}/b")), ("/x y", ("/x y",))],
)
def test_folders_stand_between_colons(monkeypatch, tmp_path, text, found):
    monkeypatch.setenv("HOME", str(tmp_path))

    wanted = tuple(one.format(home=tmp_path) for one in found)
    assert config.load({"API_REPOSITORIES": text})["API_REPOSITORIES"] == wanted


def test_a_folder_that_depends_on_where_one_is_is_refused():
    with pytest.raises(ConfigError, match="absolute paths between colons, unlike shop"):
        config.load({"API_REPOSITORIES": "/a:shop"}).check()


@pytest.mark.parametrize("text", ["-1", "1.5", "", "many", "²"])
def test_a_count_is_a_whole_number_or_none(text):
    with pytest.raises(ValueError, match="use a whole number, or 0"):
        parsers.count(text)
