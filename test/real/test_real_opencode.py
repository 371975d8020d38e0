"""The real opencode against a loopback model server."""

import json
from contextlib import contextmanager

import pytest

import anthropic_server
from ai_sessions.providers.opencode import OpenCode
from ai_sessions.records import Cost, Resume, Usage
from loopback import Turn

MODEL = "anthropic/claude-sonnet-4-5"
ONE_CALL = Usage(3500, 20, 3000, 400)
#: 100 input, 3000 read, 400 written and 20 output tokens at list price.
ONE_COST = Cost(3_000_000, "client")


@pytest.fixture
def talk(bench):
    """A bench and a provider for a scripted server: `with talk(turns) as (ask, server, place)`."""

    @contextmanager
    def begin(*turns, url=""):
        with anthropic_server.server(turns, agents_only=True) as server:
            options = {"baseURL": f"{url or server.url}/v1", "apiKey": "sk-ant-not-a-key"}
            config = {"provider": {"anthropic": {"options": options}}}
            place = bench("opencode", OPENCODE_CONFIG_CONTENT=json.dumps(config))
            provider = OpenCode(place.environment)

            def ask(prompt, **more):
                return place.ask(provider, prompt, model=MODEL, title="chat-x", **more)

            yield ask, server, place

    return begin


def test_a_resumed_call_carries_the_conversation_and_costs_its_own(talk):
    with talk(Turn("The word is heron."), Turn("heron")) as (ask, server, _place):
        first = ask("Remember: heron")
        second = ask("Which word?", resume=first.resume)

    assert (first.failure, second.failure) == (None, None)
    assert first.resume.id == second.resume.id
    assert second.text == "heron"
    assert "The word is heron." in str(server.seen[1].body["messages"])
    assert (first.usage, second.usage) == (ONE_CALL, ONE_CALL)
    assert (first.cost, second.cost) == (ONE_COST, ONE_COST)
    assert first.client_version == "1.18.33"


def test_an_edit_is_really_done_and_the_agents_list_is_seen(talk):
    given = {"filePath": "hello.txt", "content": "hello\n"}
    todos = [{"content": "Write", "status": "completed", "priority": "low", "id": "1"}]
    turns = [
        Turn("I write.", tools=[{"name": "write", "input": given}]),
        Turn("", tools=[{"name": "todowrite", "input": {"todos": todos}}]),
        Turn("Done."),
    ]
    with talk(*turns) as (ask, _server, place):
        given["filePath"] = str(place.repo / "hello.txt")
        reply = ask("write hello", access="edit")

    assert (reply.failure, reply.text, reply.denied) == (None, "Done.", ())
    assert (place.repo / "hello.txt").read_text() == "hello\n"
    assert [dict(todo) for todo in reply.todos] == [{"text": "Write", "status": "completed"}]
    assert reply.usage == ONE_CALL + ONE_CALL + ONE_CALL


def test_a_reader_cannot_edit(talk):
    given = {"filePath": "hello.txt", "content": "hello\n"}
    edit = {"name": "write", "input": given}
    with talk(Turn("", tools=[edit]), Turn("Denied.")) as (ask, _server, place):
        given["filePath"] = str(place.repo / "hello.txt")
        ask("write hello")

    assert not (place.repo / "hello.txt").exists()


def test_an_unknown_conversation_is_gone_and_nothing_is_asked(talk):
    with talk() as (ask, server, place):
        resume = Resume("ses_e03fbfc6dffeYI8QQlvC4VRcCs", cwd=str(place.repo))
        reply = ask("go on", resume=resume)

    assert reply.failure.status == "session_gone"
    assert server.seen == []


@pytest.mark.parametrize(
    ("turn", "status"),
    [
        (Turn(status=401, error="invalid x-api-key"), "auth"),
        (Turn(status=404, error="no such model"), "model"),
        (Turn(status=400, error="Your credit balance is too low to access it."), "billing"),
    ],
    ids=["401", "404", "credit"],
)
def test_failures_of_the_server_have_their_class(talk, turn, status):
    with talk(*[turn] * 20) as (ask, _server, _place):
        assert ask("hello").failure.status == status


def test_a_silent_server_ends_with_our_clock_and_the_id_is_known(talk):
    with talk(Turn("first"), Turn(hang_after=3), Turn("third")) as (ask, _server, _place):
        first = ask("one")
        second = ask("two", resume=first.resume, timeout_s=20.0)
        third = ask("three", resume=second.resume)

    assert second.failure.status == "timeout"
    assert (third.failure, third.text, third.resume.id) == (None, "third", first.resume.id)


@pytest.mark.parametrize(
    ("turn", "status"),
    [
        (Turn(status=429, error="This request would exceed your rate limit"), "rate_limit"),
        (Turn(status=529, error="Overloaded"), "overloaded"),
        (Turn(raw='event: message_start\ndata: {"type": "mess\n\n'), "unreadable"),
        (Turn("half an answer", cut_after=4), "network"),
    ],
    ids=["429", "529", "garbled", "cut"],
)
def test_what_it_tries_again_for_ever_is_seen_and_named(talk, turn, status):
    with talk(*[turn] * 20) as (ask, _server, place):
        reply = ask("hello", timeout_s=12.0)

    assert reply.failure.status == status
    assert "it kept trying" in reply.failure.message
    assert "retry" in {event.kind for event in place.events}


def test_a_dead_server_is_a_network_failure(talk):
    with talk(url="http://127.0.0.1:9") as (ask, _server, _place):
        assert ask("hello", timeout_s=12.0).failure.status == "network"


def test_a_call_that_has_cost_all_it_may_is_stopped_and_paid(talk):
    given = {"filePath": "hello.txt", "content": "hello\n"}
    turns = [Turn("I write.", tools=[{"name": "write", "input": given}])] * 50
    with talk(*turns) as (ask, server, place):
        given["filePath"] = str(place.repo / "hello.txt")
        reply = ask("hello", access="edit", budget_nusd=1)

    assert reply.failure.status == "budget"
    assert reply.cost.nusd >= ONE_COST.nusd
    assert len(server.seen) < 50


def test_a_summary_is_written_in_an_empty_folder_and_leaves_nothing(talk, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with talk(Turn('{"items": []}')) as (ask, _server, _place):
        reply = ask("Sum up.", cwd=empty, ephemeral=True, purpose="summary")

    assert (reply.failure, reply.text) == (None, '{"items": []}')
    assert list(empty.iterdir()) == []
