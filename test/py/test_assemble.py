"""Assembly: the right parts for the settings, and clear words when there is none."""

import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions import assemble, catalog, config
from ai_sessions.accounting.budgets import Limit
from ai_sessions.errors import ConfigError, LimitReached
from ai_sessions.providers.choosing import Wanted
from ai_sessions.providers.echo import Echo
from ai_sessions.records import About, Cost, Interaction, Message, Usage, stamp
from ai_sessions.run import Job, run
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

AT = "2026-11-01T10:00:00.000Z"


@pytest.fixture
def settings(tmp_path):
    return config.load({"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none"})


def agent(folder: Path, name: str) -> dict[str, str]:
    """An environment in which `name` is installed, and nothing else."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def test_the_first_installed_agent_answers_whatever_keys_there_are(tmp_path):
    agent(tmp_path / "bin", "codex")
    environment = agent(tmp_path / "bin", "claude")
    settings = config.load({"ANTHROPIC_API_KEY": "k"})
    provider, choice = assemble.answerer(settings, environment, "plan", Wanted())

    assert (provider.name, choice.model, choice.because) == ("claude", "", "")


def test_without_an_agent_the_error_names_keys_and_the_demo(settings, tmp_path):
    with pytest.raises(ConfigError) as caught:
        assemble.answerer(settings, {"PATH": str(tmp_path)}, "plan", Wanted())

    assert caught.value.exit_code == 3
    assert "OPENAI_BASE_URL" in caught.value.hint
    assert "demo.sh" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "provider", "model"),
    [("ANTHROPIC_API_KEY", "anthropic", "sonnet"), ("OPENAI_API_KEY", "openai", "gpt-5.4")],
)
def test_a_key_alone_is_enough_and_its_default_model_has_a_price(name, provider, model):
    settings = config.load({name: "k"})
    made, choice = assemble.answerer(settings, {"PATH": ""}, "plan", Wanted())

    assert (made.name, choice.model, choice.because) == (provider, model, name)
    assert catalog.load().model(choice.model)


@pytest.mark.parametrize("command", config.ASKING)
def test_an_unknown_provider_in_a_setting_is_refused_with_the_settings_name(command):
    name = f"AI_PROVIDER_{command.upper()}"
    with pytest.raises(ConfigError, match=f"{name}='cluade' \\(environment\\)") as caught:
        assemble.check_providers(config.load({name: "cluade"}))

    assert "did you mean claude?" in caught.value.hint


@pytest.mark.parametrize(("name", "near"), [("cluade", "claude"), ("xyz", "")])
def test_an_unknown_provider_is_an_error_with_the_list(settings, name, near):
    with pytest.raises(ConfigError) as caught:
        assemble.provider(settings, {}, name)

    assert f"there are: {', '.join(assemble.PROVIDERS)}" in caught.value.hint
    assert (f"did you mean {near}?" in caught.value.hint) == bool(near)


@pytest.mark.parametrize("name", list(assemble.PROVIDERS))
def test_every_provider_can_be_made_and_knows_its_name(name):
    settings = config.load({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "AI_MODEL": "m"})

    assert assemble.provider(settings, {"PATH": ""}, name).name == name


def test_with_sessions_they_are_files_without_they_are_memory(settings, tmp_path):
    assert isinstance(assemble.store(settings, True), FileStore)
    assert isinstance(assemble.store(settings, False), MemoryStore)
    assert not (tmp_path / "s").exists()


def test_after_a_call_its_todo_is_noted(settings):
    store = assemble.store(settings, False)
    kit = assemble.kit(settings, store, lambda _event: None)
    store.ensure("implement-pay", About("implement", "pay"))
    call = Interaction("i", AT, "claude", "m", (Message("user", "x", AT),), Usage(1, 1), Cost(5))
    session = store.append("implement-pay", [call])
    for step in kit.steps:
        step(call, session)

    raw = store.plain_entries("implement-pay")
    notes = [entry["body"]["event"] for entry in raw if entry["type"] == "note"]
    assert notes == ["start", "end"]


@pytest.mark.parametrize(("content", "kept"), [("full", True), ("none", False)])
def test_raw_output_is_kept_only_where_words_may_be_stored(tmp_path, content, kept):
    settings = config.load({"SESSION_DIR": str(tmp_path), "SESSION_CONTENT": content})
    store = assemble.store(settings, True)
    found = assemble.kit(settings, store, lambda _event: None).log_dir("plan-a")

    assert found == (tmp_path / "plan-a" / "logs" if kept else None)


def test_without_a_store_on_disk_no_raw_output_is_kept(settings):
    kit = assemble.kit(settings, assemble.store(settings, False), lambda _event: None)

    assert kit.log_dir("plan-a") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", ""),
        ("sonnet", ""),
        ("claude-sonnet-4-5", ""),
        ("my-own-model", ""),
        ("sonet", "did you mean sonnet?"),
        ("claude-sonet-4-5", "did you mean claude-sonnet-4-5?"),
    ],
)
def test_a_model_of_a_known_family_that_is_in_no_list_is_warned_about(name, said):
    warning = assemble.model_warning(config.load({}), name)

    assert said in warning
    assert bool(warning) == bool(said)


def test_a_model_with_a_price_of_the_user_is_not_warned_about():
    settings = config.load({"PRICES": "{gpt-mine: {input: 1}}"})

    assert assemble.model_warning(settings, "gpt-mine") == ""


def job(tmp_path: Path, session: str = "plan-pay") -> Job:
    about = About("plan", "pay", str(tmp_path))
    return Job(session, about, "hello", tmp_path, "plan", model="claude-opus-4-1")


def test_without_a_budget_nothing_is_asked(settings, tmp_path):
    kit = assemble.kit(settings, assemble.store(settings, True), lambda _event: None)
    run(job(tmp_path), Echo(), kit)

    assert not (tmp_path / "s" / ".budget").exists()


@pytest.mark.parametrize("use_sessions", [True, False])
def test_a_budget_that_is_used_up_stops_every_session(tmp_path, use_sessions):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_DAY": "0.50"})
    store = assemble.store(settings, True)
    store.ensure("review-x", About("review", "x"))
    at = stamp(datetime.now(UTC))
    store.append("review-x", [Interaction("i", at, "echo", "m", (), cost=Cost(500_000_000))])
    kit = assemble.kit(settings, assemble.store(settings, use_sessions), lambda _event: None)

    with pytest.raises(LimitReached, match="day budget is used up") as caught:
        run(job(tmp_path), Echo(), kit)
    assert caught.value.exit_code == 7
    assert "BUDGET_DAY" in caught.value.hint


def test_what_a_budget_leaves_is_passed_to_the_agent(tmp_path):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_MODEL": "opus=2 haiku=1"})
    kit = assemble.kit(settings, assemble.store(settings, True), lambda _event: None)
    asked = []

    class Agent(Echo):
        def run(self, request, watch):
            asked.append(request.budget_nusd)
            return super().run(request, watch)

    run(job(tmp_path), Agent(), kit)
    assert asked == [2_000_000_000]


def test_limits_of_the_work_are_shared_with_calls_that_run_at_the_same_time(settings, tmp_path):
    """The first call of all may cost all that a plan allows."""
    told = []
    kit = assemble.kit(settings, assemble.store(settings, True), lambda _event: None)
    limited = replace(job(tmp_path), limits=(Limit("feature", 1_000_000_000),), lock_wait_s=0)

    class Busy(Echo):
        def run(self, request, watch):
            with pytest.raises(LimitReached, match="may need all that is left"):
                run(replace(limited, session="plan-pay-t2"), Echo(), kit)
            told.append(request.budget_nusd)
            return super().run(request, watch)

    run(limited, Busy(), kit)
    assert told == [1_000_000_000]


@pytest.mark.parametrize("use_sessions", [True, False])
def test_every_call_counts_with_a_session_or_without(tmp_path, use_sessions):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_DAY": "0.50"})

    class Paid(Echo):
        def run(self, request, watch):
            return replace(super().run(request, watch), cost=Cost(300_000_000, "client"))

    for spent in (False, True):
        kit = assemble.kit(settings, assemble.store(settings, use_sessions), lambda _event: None)
        with pytest.raises(LimitReached) if spent else nullcontext():
            run(job(tmp_path), Paid(), kit)


def test_a_prompt_that_is_dearer_than_a_call_may_be_is_never_sent(tmp_path):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_CALL": "0.0000001"})
    kit = assemble.kit(settings, assemble.store(settings, True), lambda _event: None)

    with pytest.raises(LimitReached, match="would cost about"):
        run(job(tmp_path), Echo(), kit)


@pytest.mark.parametrize(
    ("name", "value"), [("BUDGET_DAY", "much"), ("BUDGET_CALL", "0"), ("BUDGET_MODEL", "opus")]
)
def test_a_budget_that_is_no_amount_is_an_error_that_names_it(tmp_path, name, value):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), name: value})

    with pytest.raises(ConfigError, match=f"{name}='{value}'"):
        assemble.kit(settings, assemble.store(settings, True), lambda _event: None)


def test_a_call_is_priced_by_the_rates_that_the_user_set(tmp_path):
    prices = "{my-model: {input: 1000, output: 0}}"
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "PRICES": prices})
    kit = assemble.kit(settings, assemble.store(settings, True), lambda _event: None)

    class Agent(Echo):
        def run(self, request, watch):
            assert request.price_of(Usage(3), "my-model", datetime.now(UTC)).nusd == 3_000_000
            reply = super().run(request, watch)
            return replace(reply, cost=None, model="my-model", usage=Usage(2, 50))

    found = run(job(tmp_path), Agent(), kit).interaction
    assert found.cost == Cost(2_000_000, "prices:user")


def test_a_prompt_is_measured_by_the_rates_that_the_user_set(tmp_path):
    names = {"BUDGET_CALL": "0.01", "PRICES": '{"claude-opus-4-1": {"input": 900000}}'}
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), **names})
    kit = assemble.kit(settings, assemble.store(settings, True), lambda _event: None)

    with pytest.raises(LimitReached, match="would cost about"):
        run(job(tmp_path), Echo(), kit)


def test_prices_may_be_in_a_file(tmp_path):
    path = tmp_path / "my prices.yaml"
    path.write_text("my-model:\n  input: 1.5\n  output: 6\n")
    price = assemble.prices(config.load({"PRICES": str(path)}))

    assert price(Usage(1000, 100), "my-model", datetime.now(UTC)).nusd == 2_100_000


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{my-model", "not YAML"),
        ("{my-model: 3}", "a map of names to maps"),
        ("{my-model: {inptu: 3}}", "no rate 'inptu'"),
        ("/nowhere/prices.yaml", "cannot read /nowhere/prices.yaml: No such file"),
        ("my-model: {input: 3}", "cannot read"),
    ],
)
def test_prices_that_cannot_be_read_are_an_error_that_says_why(value, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        assemble.prices(config.load({"PRICES": value}))


@pytest.mark.parametrize("content", [b"- 1\n", b"\xff\xfe"])
def test_a_file_of_prices_that_is_none_is_an_error(tmp_path, content):
    (tmp_path / "p").write_bytes(content)

    with pytest.raises(ConfigError, match="PRICES="):
        assemble.prices(config.load({"PRICES": str(tmp_path / "p")}))
