"""A user's own models and pools: they join what is built in, or one line says what is wrong."""

import json
import re
from pathlib import Path

import pytest

from ai_sessions.catalog import rotation
from ai_sessions.errors import ConfigError

PAGE = Path(__file__).parents[3] / "docs/providers.md"


@pytest.fixture
def load(tmp_path):
    """The catalog with a file of this text."""

    def read(text, name="models.yaml"):
        file = tmp_path / name
        file.write_text(text)
        return rotation.load(file)

    return read


def test_a_field_of_a_pool_is_replaced_and_the_others_stay(load):
    own = load("pools: {openrouter: {url: 'http://127.0.0.1:8080/v1/'}}").pools["openrouter"]

    built_in = rotation.load().pools["openrouter"]
    assert own.url == "http://127.0.0.1:8080/v1"
    assert (own.key_variable, own.limits) == (built_in.key_variable, built_in.limits)


def test_what_is_built_in_stays_as_it_is_beside_a_file(load):
    before = rotation.load()
    load("models: [{pool: groq, id: openai/gpt-oss-20b, window: 7}]")

    assert rotation.load() == before


def test_limits_of_the_users_are_known_as_such(load):
    (limit,) = (
        load("pools: {openrouter: {limits: [{unit: requests, period: day, amount: 1000}]}}")
        .pools["openrouter"]
        .limits
    )

    assert (limit.amount, limit.zone, limit.origin) == (1000, "UTC", "user")


def test_a_model_is_added_at_a_pool_of_ones_own(load):
    own = load(
        "pools: {lab: {url: 'http://lab.example/v1', key_variable: LAB_KEY}}\n"
        "models: [{pool: lab, id: big-1, window: 500000, capabilities: [tools], date: 2026-11-29}]"
    )

    found = own.find("big-1")
    assert (found.key, found.display_name, found.window) == ("lab:big-1", "big-1", 500_000)
    assert (found.capabilities, found.date, found.free) == ({"tools"}, "2026-11-29", False)
    assert own.models[-1] is found


def test_a_model_that_is_built_in_is_changed_where_it_stands(load):
    own = load("models: [{pool: openrouter, id: 'deepseek/deepseek-r1:free', retired: ''}]")

    before = rotation.load()
    assert [one.key for one in own.models] == [one.key for one in before.models]
    found = own.find("deepseek/deepseek-r1:free")
    assert (found.retired, found.display_name) == ("", "DeepSeek R1")


def test_a_free_plan_is_free_only_where_its_user_says_that_nothing_is_billed(load):
    own = load("pools: {groq: {is_free: true}}")

    assert not rotation.load().find("groq:openai/gpt-oss-120b").free
    assert own.find("groq:openai/gpt-oss-120b").free
    assert not own.find("nvidia:openai/gpt-oss-120b").free


def test_json_is_read_too(load):
    text = json.dumps({"pools": {"groq": {"title": "Mine"}}})

    assert load(text, "models.json").pools["groq"].title == "Mine"


@pytest.mark.parametrize("name", ["models.yaml", "models.json"])
def test_an_empty_file_adds_nothing(load, name):
    assert load("", name) == rotation.load()


WRONG = {
    "[]": "[] is not a map of names to values",
    "pool: {}": "no such field: 'pool'",
    "pools: []": "pools: [] is not a map of names to values",
    "models: {}": "models: {} is not a list",
    "models: [7]": "models: entry 1: 7 is not a map of names to values",
    "models: [{id: a}]": "models: entry 1: {'id': 'a'} is not a model with its pool",
    "models: [{pool: groq}]": "models: entry 1: {'pool': 'groq'} is not a model with its id",
    "models: [{pool: grok, id: a}]": "models: entry 1: no such pool: 'grok'",
    "models: [{pool: groq, id: a, window: 0}]": "window: 0 is not a whole number above 0",
    "models: [{pool: groq, id: a, window: true}]": "window: True is not a whole number above 0",
    "models: [{pool: groq, id: a, free: 1}]": "free: 1 is not true or false",
    "models: [{pool: groq, id: a, retired: soon}]": "retired: 'soon' is not a day such as",
    "models: [{pool: groq, id: a, capabilities: [tool]}]": "'tool' is not one of text, tools",
    "pools: {Lab: {url: 'http://a/v1'}}": "'Lab' is not a name of lower-case letters",
    "pools: {lab: {title: Lab}}": "pools: lab: {'title': 'Lab'} is not a pool with a url",
    "pools: {groq: {url: api.groq.com}}": "pools: groq: url: 'api.groq.com' is not a URL such as",
    "pools: {claude: {url: 'http://a/v1'}}": "is not a subscription, which has no url",
    "pools: {groq: {key_variable: 'A B'}}": "key_variable: 'A B' is not the name of a variable",
    "pools: {groq: {limits: 3}}": "pools: groq: limits: 3 is not a list",
    "pools: {groq: {limits: [{unit: requests}]}}": "is not a limit such as {unit: requests",
    "pools: {groq: {limits: [{unit: calls, period: day}]}}": "'calls' is not one of requests",
    "pools: {groq: {limits: [{unit: requests, period: day, size: 1}]}}": "'size' is not one of",
    "pools: {groq: {limits: [{unit: requests, period: day, zone: Mars}]}}": "'Mars' is not a time",
    "pools: {groq: {limits: [{unit: tokens, period: rolling}]}}": "a limit with rolling_s if",
    "pools: {groq: {limits: [{unit: tokens, period: day, rolling_s: 5}]}}": "a limit with rolling",
    "models: [{pool: groq, id: a, window: 9007199254740993}]": "a whole number up to 9,007,199",
    "pools: {groq: {limits: [{unit: tokens, period: rolling, rolling_s: 9000000000000}]}}": (
        "limits: 9000000000000 is not a number of seconds up to a year"
    ),
    "pools: [": "models.yaml:1: not YAML",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_value_is_refused_with_its_place_and_what_to_write(load, text):
    with pytest.raises(ConfigError) as caught:
        load(text)

    assert "models.yaml" in caught.value.message
    assert WRONG[text] in caught.value.message
    assert "\n" not in caught.value.message


def test_a_mistyped_field_is_refused_with_the_nearest(load):
    with pytest.raises(ConfigError, match=r"pools: groq: no such field: 'limit'") as caught:
        load("pools: {groq: {limit: []}}")

    assert caught.value.hint == "did you mean limits?"


def test_json_that_is_none_is_refused_with_its_line(load):
    with pytest.raises(ConfigError, match=r"models\.json:2: not JSON"):
        load('{\n"pools": {,}}', "models.json")


def test_a_file_that_is_not_there_is_refused_with_its_path(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read .*none\.yaml: No such file") as caught:
        rotation.load(tmp_path / "none.yaml")

    assert "AI_MODELS_FILE" in caught.value.hint


def test_a_file_that_is_not_text_is_refused(tmp_path):
    file = tmp_path / "models.json"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="it is not UTF-8"):
        rotation.load(file)


def test_a_file_that_is_larger_than_anybody_writes_is_refused(load):
    with pytest.raises(ConfigError, match=r"models\.json: [\d,]+ characters \(at most"):
        load(" " * ((1 << 20) + 1), "models.json")


def test_the_file_on_the_page_is_one(load):
    (text,) = re.findall(r"```yaml\n(pools:.*?)```", PAGE.read_text(), re.DOTALL)

    own = load(text)
    assert own.pools["groq"].is_free
    assert own.find("lab:big-1").capabilities == {"text", "tools"}
    assert own.find("deepseek/deepseek-r1:free").retired == ""
