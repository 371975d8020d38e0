"""The real codex against a loopback model server."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

import responses_server
from ai_sessions.providers import resets
from ai_sessions.providers.codex import Codex
from ai_sessions.records import Resume, Usage
from loopback import Turn

ONE_CALL = Usage(3100, 20, 3000, 0, 0, 5)
CONFIG = """
model_provider = "loopback"
[model_providers.loopback]
name = "loopback"
base_url = "{url}/v1"
env_key = "LOOPBACK_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
"""
PATCH = "*** Begin Patch\n*** Add File: hello.txt\n+hello\n*** End Patch\n"
#: A model that edits by way of a script, as the present ones do.
EDITOR = "gpt-6.1-sol"
EDIT = {"name": "exec", "input": f"await tools.apply_patch({json.dumps(PATCH)})"}


@pytest.fixture
def talk(bench):
    """A bench and a provider for a scripted server: `with talk(turns) as (ask, server, place)`."""

    @contextmanager
    def begin(*turns, url=""):
        with responses_server.server(turns) as server:
            place = bench("codex", LOOPBACK_KEY="sk-not-a-key")
            (place.home / ".codex").mkdir()
            config = CONFIG.format(url=url or server.url)
            (place.home / ".codex" / "config.toml").write_text(config)
            provider = Codex(place.environment)

            def ask(prompt, **more):
                return place.ask(provider, prompt, **{"model": "gpt-5.2", **more})

            yield ask, server, place

    return begin


def test_a_resumed_call_carries_the_thread_and_counts_its_own(talk):
    with talk(Turn("The word is heron."), Turn("heron")) as (ask, server, _place):
        first = ask("Remember: heron")
        second = ask("Which word?", resume=first.resume)

    assert (first.failure, second.failure) == (None, None)
    assert first.resume.id == second.resume.id
    assert second.text == "heron"
    assert "The word is heron." in str(server.seen[1].body["input"])
    assert (first.usage, second.usage) == (ONE_CALL, ONE_CALL)
    assert (first.model, first.client_version) == ("gpt-5.2", "0.169.0")


def test_an_edit_is_really_done(talk):
    with talk(Turn("I write.", tools=[EDIT]), Turn("Done.")) as (ask, _server, place):
        reply = ask("write hello", model=EDITOR, access="edit")

    assert (reply.failure, reply.text) == (None, "Done.")
    assert (place.repo / "hello.txt").read_text() == "hello\n"
    assert reply.usage == ONE_CALL + ONE_CALL


def test_a_reader_cannot_edit(talk):
    with talk(Turn("", tools=[EDIT]), Turn("Denied.")) as (ask, _server, place):
        ask("write hello", model=EDITOR)

    assert not (place.repo / "hello.txt").exists()


def test_the_agents_list_is_seen(talk):
    plan = [{"step": "Write parser", "status": "completed"}, {"step": "Test", "status": "pending"}]
    listed = {"name": "update_plan", "input": {"plan": plan}}
    with talk(Turn("", tools=[listed]), Turn("Done.")) as (ask, _server, _place):
        reply = ask("make a list")

    assert [todo["text"] for todo in reply.todos] == ["Write parser", "Test"]
    assert [todo["status"] for todo in reply.todos] == ["completed", "pending"]


def test_an_unknown_thread_is_gone_and_nothing_is_asked(talk):
    with talk() as (ask, server, _place):
        reply = ask("go on", resume=Resume("01a1fbe7-0000-74e1-9df4-d91fdef184ba"))

    assert reply.failure.status == "session_gone"
    assert server.seen == []


@pytest.mark.parametrize(
    ("turn", "status"),
    [
        (Turn(status=401, error="Incorrect API key"), "auth"),
        (Turn(status=429, error="slow down"), "rate_limit"),
        (Turn(status=500, error="oops"), "overloaded"),
        (Turn(raw="<html>proxy</html>"), "network"),
        (Turn("half", cut_after=1), "network"),
    ],
    ids=["401", "429", "500", "html", "cut"],
)
def test_failures_of_the_server_have_their_class(talk, turn, status):
    with talk(*[turn] * 20) as (ask, _server, _place):
        assert ask("hello").failure.status == status


def test_a_plan_that_is_used_up_is_a_limit_with_its_end(talk):
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    error = {"type": "usage_limit_reached", "message": "The usage limit has been reached"}
    error |= {"plan_type": "plus", "resets_at": int(ends.timestamp())}
    with talk(*[Turn(status=429, raw=json.dumps({"error": error}))] * 20) as (ask, _server, _place):
        failure = ask("hello").failure

    assert failure.status == "rate_limit"
    until = failure.until or resets.of_text(failure.told, datetime.now(UTC))
    assert abs(until - ends) <= timedelta(minutes=1)


def test_a_dead_server_ends_although_codex_would_wait_for_ever(talk):
    with talk(url="http://127.0.0.1:9") as (ask, _server, _place):
        reply = ask("hello", timeout_s=12.0)

    assert reply.failure.status == "network"


def test_a_thread_goes_on_after_a_call_that_was_stopped(talk):
    with talk(Turn("first"), Turn(hang_after=0), Turn("third")) as (ask, server, _place):
        first = ask("one")
        second = ask("two", resume=first.resume, timeout_s=4.0)
        third = ask("three", resume=second.resume)

    assert second.failure.status == "timeout"
    assert (third.failure, third.text, third.resume.id) == (None, "third", first.resume.id)
    assert "one" in str(server.seen[-1].body["input"])


@pytest.mark.parametrize("again", [False, True], ids=["first", "resumed"])
def test_a_call_that_is_stopped_is_counted_and_so_is_the_next(talk, again):
    turns = [Turn("first")] * again + [Turn("I write.", tools=[EDIT]), Turn(hang_after=0)]
    with talk(*turns, Turn("last")) as (ask, _server, _place):
        resume = ask("one", model=EDITOR).resume if again else None
        stopped = ask("two", model=EDITOR, access="edit", timeout_s=6.0, resume=resume)
        last = ask("three", model=EDITOR, resume=stopped.resume)

    assert (stopped.failure.status, stopped.usage) == ("timeout", ONE_CALL)
    assert (last.failure, last.text, last.usage) == (None, "last", ONE_CALL)


def test_a_call_that_has_cost_all_it_may_is_stopped(talk):
    with talk(*[Turn("I write.", tools=[EDIT])] * 50) as (ask, server, _place):
        reply = ask("hello", model=EDITOR, access="edit", budget_nusd=1)

    assert (reply.failure.status, bool(reply.usage.total_tokens)) == ("budget", True)
    assert len(server.seen) < 50


def test_a_summary_is_written_in_an_empty_folder_and_leaves_nothing(talk, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with talk(Turn('{"items": []}')) as (ask, server, place):
        reply = ask("Sum up.", cwd=empty, ephemeral=True, purpose="summary")

    assert (reply.failure, reply.text) == (None, '{"items": []}')
    assert len(server.seen) == 1
    assert list(empty.iterdir()) == []
    assert not list((place.home / ".codex").rglob("rollout-*"))
