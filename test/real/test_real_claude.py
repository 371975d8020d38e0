"""The real Claude Code against a loopback model server."""

import json
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

import anthropic_server
from ai_sessions.memory import asking
from ai_sessions.providers.claude import Claude
from ai_sessions.records import Cost, Resume, Usage
from loopback import Turn

ONE_CALL = Usage(3500, 20, 3000, 400)


@pytest.fixture
def talk(bench):
    """A bench and a provider for a scripted server: `with talk(turns) as (ask, server, place)`."""

    @contextmanager
    def begin(*turns, url="", **environment):
        with anthropic_server.server(turns, agents_only=True) as server:
            place = bench(
                "claude",
                ANTHROPIC_BASE_URL=url or server.url,
                ANTHROPIC_API_KEY="sk-ant-not-a-key",
                CLAUDE_CODE_MAX_RETRIES="1",
                **environment,
            )
            provider = Claude(place.environment)

            def ask(prompt, **more):
                return place.ask(provider, prompt, model="sonnet", **more)

            yield ask, server, place

    return begin


def new_id():
    return str(uuid.uuid4())


def spoken(seen):
    """Everything said in a request, as one text."""
    return str(seen.body["messages"])


def test_a_resumed_call_carries_the_conversation_and_costs_its_own(talk):
    with talk(Turn("The word is heron."), Turn("heron")) as (ask, server, _place):
        id_ = new_id()
        first = ask("Remember: heron", new_id=id_, title="chat-x")
        second = ask("Which word?", resume=first.resume)

    assert (first.failure, second.failure) == (None, None)
    assert (first.resume.id, second.resume.id) == (id_, id_)
    assert second.text == "heron"
    assert "Remember: heron" in spoken(server.seen[1])
    assert "The word is heron." in spoken(server.seen[1])
    assert (first.usage, second.usage) == (ONE_CALL, ONE_CALL)
    assert first.cost == second.cost == Cost(1_700_000, "client")
    assert first.client_version.startswith("2.1.")


def test_an_edit_is_really_done(talk, tmp_path):
    write = {"name": "Write", "input": {"file_path": str(tmp_path / "shop" / "hello.txt")}}
    write["input"]["content"] = "hello\n"
    with talk(Turn("I write.", tools=[write]), Turn("Done.")) as (ask, _server, place):
        reply = ask("write hello", new_id=new_id(), access="edit")

    assert reply.text == "Done."
    assert (place.repo / "hello.txt").read_text() == "hello\n"
    assert (reply.usage, reply.turns, reply.denied) == (ONE_CALL + ONE_CALL, 2, ())
    assert [event.text for event in place.events if event.kind == "tool"] == ["Write"]


def test_a_reader_cannot_edit_even_if_the_users_settings_allow_it(talk, tmp_path):
    write = {"name": "Write", "input": {"file_path": str(tmp_path / "shop" / "x"), "content": "x"}}
    with talk(Turn("", tools=[write]), Turn("Denied.")) as (ask, _server, place):
        (place.home / ".claude").mkdir()
        settings = '{"permissions": {"defaultMode": "acceptEdits"}}'
        (place.home / ".claude" / "settings.json").write_text(settings)
        reply = ask("write x", new_id=new_id())

    assert reply.denied == ("Write",)
    assert not (place.repo / "x").exists()


def test_a_schema_is_enforced(talk):
    schema = {
        "type": "object",
        "properties": {"verdict": {"enum": ["GO", "NO-GO"]}},
        "required": ["verdict"],
    }
    wrong = Turn("", tools=[{"name": "StructuredOutput", "input": {"verdict": "perhaps"}}])
    right = Turn("", tools=[{"name": "StructuredOutput", "input": {"verdict": "GO"}}])
    with talk(wrong, right, Turn("fin")) as (ask, _server, _place):
        reply = ask("judge", new_id=new_id(), schema=schema)

    assert (reply.failure, reply.text) == (None, '{"verdict":"GO"}')


def test_the_agents_list_is_seen(talk):
    def use(name, **given):
        return Turn("", tools=[{"name": name, "input": given}])

    turns = [
        use("ToolSearch", query="select:TaskCreate,TaskUpdate", max_results=5),
        use("TaskCreate", subject="Write parser", description="the parser"),
        use("TaskUpdate", taskId="1", status="completed"),
        Turn("Done."),
    ]
    with talk(*turns) as (ask, _server, _place):
        reply = ask("make a list", new_id=new_id())

    assert [dict(todo) for todo in reply.todos] == [{"text": "Write parser", "status": "completed"}]


def test_an_unknown_conversation_is_gone_and_nothing_is_asked(talk):
    with talk() as (ask, server, _place):
        reply = ask("go on", resume=Resume(new_id()))

    assert reply.failure.status == "session_gone"
    assert server.seen == []


def test_an_id_that_is_taken_is_refused_and_nothing_is_asked(talk):
    with talk() as (ask, server, _place):
        id_ = new_id()
        ask("one", new_id=id_)
        reply = ask("two", new_id=id_)

    assert reply.failure.status == "busy"
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "prompt",
    ["/cost is what I ask about", "--help me", "-p", "word " * 50_000],
    ids=["slash", "dashes", "option", "large"],
)
def test_every_prompt_reaches_the_model_as_it_is(talk, prompt):
    with talk(Turn("I see.")) as (ask, server, _place):
        reply = ask(prompt, new_id=new_id())

    said = [block.get("text", "") for block in server.seen[0].body["messages"][0]["content"]]
    assert reply.text == "I see."
    assert prompt.strip() in map(str.strip, said)


def test_a_third_call_costs_its_own_too(talk):
    with talk() as (ask, _server, _place):
        replies = [ask("one", new_id=new_id())]
        for prompt in ("two", "three"):
            replies.append(ask(prompt, resume=replies[-1].resume))

    assert [one.usage for one in replies] == [ONE_CALL] * 3
    assert [one.cost for one in replies] == [Cost(1_700_000, "client")] * 3


@pytest.mark.parametrize(
    ("turn", "status"),
    [
        (Turn(status=401, error="invalid x-api-key"), "auth"),
        (Turn(status=403, error="not allowed"), "auth"),
        (Turn(status=404, error="model: x"), "model"),
        (Turn(status=429, error="slow down"), "rate_limit"),
        (Turn(status=500, error="oops"), "server"),
        (Turn(status=400, error="prompt is too long: 210000 tokens > 200000"), "context_too_long"),
        (Turn(status=529, error="Overloaded"), "overloaded"),
        (Turn(status=400, error="Your credit balance is too low"), "billing"),
        (Turn(status=400, error="You have reached your specified API usage limits."), "rate_limit"),
        (Turn(raw="<html>proxy</html>"), "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_failures_of_the_server_have_their_class(talk, turn, status):
    with talk(*[turn] * 20) as (ask, _server, _place):
        reply = ask("hello", new_id=new_id())

    assert reply.failure.status == status
    assert reply.usage.total_tokens == 0


def test_a_limit_that_it_waits_for_longer_than_it_may_is_one_with_its_end(talk):
    """It waits for half a minute; of two hours it would say nothing but that it was refused."""
    busy = Turn(status=429, error="slow down", headers={"retry-after": "30"})
    with talk(*[busy] * 20) as (ask, _server, _place):
        reply = ask("hello", new_id=new_id(), silence_s=5.0)

    assert reply.failure.status == "rate_limit"
    left = reply.failure.until - datetime.now(UTC)
    assert timedelta(seconds=10) < left < timedelta(seconds=60)


def test_a_dead_server_is_a_network_failure(talk):
    with talk(url="http://127.0.0.1:9") as (ask, _server, _place):
        assert ask("hello", new_id=new_id()).failure.status == "network"


def test_a_stream_that_is_cut_is_asked_for_again_and_answered(talk):
    with talk(Turn("half an answer", cut_after=4), Turn("whole")) as (ask, server, _place):
        reply = ask("hello", new_id=new_id())

    assert (reply.failure, reply.text) == (None, "whole")
    assert len(server.seen) == 2


def test_a_silent_server_ends_with_our_clock_and_the_conversation_goes_on(talk):
    with talk(Turn("first"), Turn(hang_after=0), Turn("third")) as (ask, server, _place):
        first = ask("one", new_id=new_id())
        second = ask("two", resume=first.resume, timeout_s=4.0)
        third = ask("three", resume=second.resume)

    assert second.failure.status == "timeout"
    assert (third.failure, third.text, third.resume.id) == (None, "third", first.resume.id)
    assert third.usage == ONE_CALL
    assert "one" in spoken(server.seen[-1])


def test_a_summary_is_written_in_an_empty_folder_and_leaves_nothing(talk, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    told = {"items": [{"kind": "fact", "text": "The port is 8080.", "sources": ["1.0"]}]}
    answer = Turn("", tools=[{"name": "StructuredOutput", "input": told}])
    with talk(answer, Turn("Done.")) as (ask, _server, place):
        summary = {"schema": asking.SCHEMA, "ephemeral": True, "purpose": "summary"}
        reply = ask("Sum up.", cwd=empty, **summary)

    assert reply.failure is None
    assert json.loads(reply.text) == told
    assert list(empty.iterdir()) == []
    assert not list((place.home / ".claude").rglob("*.jsonl"))
