"""The real gemini against a loopback model server."""

import json
import uuid
from contextlib import contextmanager

import pytest

import gemini_server
from ai_sessions.providers.gemini import Gemini
from ai_sessions.records import Resume, Usage
from loopback import Turn

ONE_CALL = Usage(3100, 25, 3000, 0, 0, 5)
#: The base URL alone would select a way to log in that is then refused.
SETTINGS = {"security": {"auth": {"selectedType": "gemini-api-key"}}}


@pytest.fixture
def talk(bench):
    """A bench and a provider for a scripted server: `with talk(turns) as (ask, server, place)`."""

    @contextmanager
    def begin(*turns, url=""):
        with gemini_server.server(turns) as server:
            base = url or server.url
            place = bench("gemini", GOOGLE_GEMINI_BASE_URL=base, GEMINI_API_KEY="not-a-key")
            (place.home / ".gemini").mkdir()
            (place.home / ".gemini" / "settings.json").write_text(json.dumps(SETTINGS))
            provider = Gemini(place.environment)

            def ask(prompt, **more):
                return place.ask(provider, prompt, model="gemini-2.5-flash", **more)

            yield ask, server, place

    return begin


def new_id():
    return str(uuid.uuid4())


def test_a_resumed_call_carries_the_conversation_and_counts_its_own(talk):
    with talk(Turn("The word is heron."), Turn("heron")) as (ask, server, _place):
        id_ = new_id()
        first = ask("Remember: heron", new_id=id_)
        second = ask("Which word?", resume=first.resume)

    assert (first.failure, second.failure) == (None, None)
    assert (first.resume.id, second.resume.id) == (id_, id_)
    assert second.text == "heron"
    assert "The word is heron." in str(server.seen[1].body["contents"])
    assert (first.usage, second.usage) == (ONE_CALL, ONE_CALL)
    assert (first.model, first.client_version) == ("gemini-2.5-flash", "0.61.0")


def test_an_edit_is_really_done(talk):
    given = {"file_path": "hello.txt", "content": "hello\n"}
    edit = {"name": "write_file", "input": given}
    with talk(Turn("I write.", tools=[edit]), Turn("Done.")) as (ask, _server, place):
        given["file_path"] = str(place.repo / "hello.txt")
        reply = ask("write hello", new_id=new_id(), access="edit")

    assert (reply.failure, reply.text, reply.denied) == (None, "Done.", ())
    assert (place.repo / "hello.txt").read_text() == "hello\n"
    assert reply.usage == ONE_CALL + ONE_CALL


def test_a_reader_cannot_edit_and_that_is_told(talk):
    given = {"file_path": "hello.txt", "content": "hello\n"}
    edit = {"name": "write_file", "input": given}
    with talk(Turn("", tools=[edit]), Turn("Denied.")) as (ask, _server, place):
        given["file_path"] = str(place.repo / "hello.txt")
        reply = ask("write hello", new_id=new_id())

    assert reply.denied == ("write_file",)
    assert not (place.repo / "hello.txt").exists()


def test_an_unknown_conversation_is_gone_and_nothing_is_asked(talk):
    with talk() as (ask, server, _place):
        reply = ask("go on", resume=Resume(new_id()))

    assert reply.failure.status == "session_gone"
    assert server.seen == []


@pytest.mark.parametrize(
    ("turn", "status"),
    [
        (Turn(status=400, error="API key not valid. Please pass a valid API key."), "auth"),
        (Turn(status=403, error="not allowed"), "auth"),
        (Turn(status=404, error="models/x is not found for API version v1beta"), "model"),
        (
            Turn(status=400, error="The input token count (9) exceeds the maximum"),
            "context_too_long",
        ),
        (Turn(status=401, error="Request had invalid authentication credentials."), "auth"),
        (Turn(raw='data: {"candidates": [{"con\n\n'), "unreadable"),
        (Turn("half an answer", cut_after=1), "network"),
    ],
    ids=["key", "403", "404", "context", "401", "garbled", "cut"],
)
def test_failures_of_the_server_have_their_class(talk, turn, status):
    with talk(*[turn] * 20) as (ask, _server, _place):
        assert ask("hello", new_id=new_id()).failure.status == status


@pytest.mark.parametrize(
    ("turn", "status"),
    [
        (Turn(status=429, error="Resource exhausted"), "rate_limit"),
        (Turn(status=503, error="The model is overloaded"), "overloaded"),
    ],
    ids=["429", "503"],
)
def test_what_it_tries_again_is_seen_and_named(talk, turn, status):
    with talk(*[turn] * 20) as (ask, server, place):
        reply = ask("hello", new_id=new_id(), timeout_s=9.0)

    assert reply.failure.status == status
    assert turn.error in reply.failure.message
    assert turn.error in next(event.text for event in place.events if event.kind == "retry")
    assert server.seen


def test_a_dead_server_is_a_network_failure(talk):
    with talk(url="http://127.0.0.1:9") as (ask, _server, _place):
        assert ask("hello", new_id=new_id(), timeout_s=9.0).failure.status == "network"


@pytest.mark.parametrize("again", [False, True], ids=["first", "resumed"])
def test_a_call_that_is_stopped_is_counted_and_the_conversation_goes_on(talk, again):
    edit = {"name": "write_file", "input": {"content": "hello\n"}}
    turns = [Turn("first")] * again + [Turn("I write.", tools=[edit]), Turn(hang_after=0)]
    with talk(*turns, Turn("last")) as (ask, _server, place):
        edit["input"]["file_path"] = str(place.repo / "hello.txt")
        id_ = new_id()
        asked = {"resume": ask("one", new_id=id_).resume} if again else {"new_id": id_}
        stopped = ask("two", access="edit", timeout_s=9.0, **asked)
        last = ask("three", resume=stopped.resume)

    assert (stopped.failure.status, stopped.usage) == ("timeout", ONE_CALL)
    assert (last.failure, last.text, last.usage) == (None, "last", ONE_CALL)


def test_a_call_that_has_cost_all_it_may_is_stopped(talk):
    edits = [{"name": "write_file", "input": {"content": f"{number}\n"}} for number in range(200)]
    with talk(*[Turn("I write.", tools=[edit]) for edit in edits]) as (ask, server, place):
        for number, edit in enumerate(edits):  # the same again and again would be a loop
            edit["input"]["file_path"] = str(place.repo / f"{number}.txt")
        reply = ask("hello", new_id=new_id(), access="edit", budget_nusd=1)

    assert (reply.failure.status, bool(reply.usage.total_tokens)) == ("budget", True)
    assert len(server.seen) < 200


def test_it_has_no_list_of_its_own_for_who_may_not_do_everything(talk):
    todos = {"todos": [{"description": "Write", "status": "completed"}]}
    with talk(Turn("", tools=[{"name": "write_todos", "input": todos}])) as (ask, _server, _place):
        reply = ask("make a list", new_id=new_id(), access="edit")

    assert (reply.todos, reply.denied) == ((), ("write_todos",))


def test_a_summary_is_written_in_an_empty_folder_and_leaves_nothing(talk, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with talk(Turn('{"items": []}')) as (ask, _server, _place):
        reply = ask("Sum up.", cwd=empty, ephemeral=True, purpose="summary")

    assert (reply.failure, reply.text) == (None, '{"items": []}')
    assert list(empty.iterdir()) == []
