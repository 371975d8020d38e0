"""`chat NAME TEXT`: what is asked, who answers, what is printed, and how it ends."""

import io
import json
import signal
import sys
import threading

import pytest
from scripted import Plain

from ai_sessions.assemble import providers
from ai_sessions.providers.contract import Event, Failure, Reply
from ai_sessions.records import (
    About,
    Change,
    Interaction,
    Message,
    Resume,
    Said,
    Summary,
    Usage,
)
from ai_sessions.store.files import FileStore
from ai_sessions.workspace.lock import lock_tree
from loopback import Turn

WAIT_S = 60


@pytest.fixture
def plain(monkeypatch):
    """A model that is asked, and the way to give its answers."""
    made = Plain()
    monkeypatch.setitem(providers.PROVIDERS, "plain", lambda _settings, _environment: made)
    monkeypatch.setenv("AI_PROVIDER", "plain")
    return made


@pytest.fixture
def piped(monkeypatch):
    """Put text on stdin, which is a pipe."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture
def in_repository(tmp_path, monkeypatch):
    """Go into a repository."""

    def go():
        (tmp_path / "shop" / ".git").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "shop")
        return tmp_path / "shop"

    return go


def calls(root, name="notes"):
    return [one for one in FileStore(root).entries(name) if isinstance(one, Interaction)]


def test_the_answer_is_on_stdout_and_all_else_on_stderr(cli, serve):
    serve([Turn("It is 4.")])
    told = cli("chat", "notes", "what is 2 + 2?")

    assert (told.code, told.out) == (0, "It is 4.\n")
    assert "notes: a new session" in told.err
    assert "notes: 1 call, 3,520 tokens" in told.err


def test_quiet_says_the_answer_alone(cli, serve):
    serve([Turn("It is 4.")])

    told = cli("chat", "notes", "what is 2 + 2?", "--quiet")

    assert (told.out, told.err) == ("It is 4.\n", "")


def test_each_turn_knows_those_before(cli, serve):
    server = serve([Turn("two"), Turn("four")])
    cli("chat", "notes", "one")
    cli("chat", "notes", "three")

    told = [message["content"] for message in server.seen[1].body["messages"]]
    assert told == ["one", "two", "three"]


@pytest.mark.parametrize("words", [("notes",), ("notes", "-")], ids=["pipe", "dash"])
def test_the_text_comes_from_stdin(cli, plain, piped, words):
    piped("a question\nof two lines\n")
    assert cli("chat", *words).code == 0
    assert plain.requests[0].prompt == "a question\nof two lines\n"


def test_a_text_leaves_stdin_to_others(cli, plain, piped):
    piped("not for us")
    cli("chat", "notes", "a question")

    assert plain.requests[0].prompt == "a question"
    assert sys.stdin.read() == "not for us"


@pytest.mark.parametrize("words", [("notes", ""), ("notes", " \n"), ("notes",), ("notes", "-")])
def test_nothing_to_ask_is_a_mistake_of_use(cli, plain, piped, words):
    piped("")
    told = cli("chat", *words)

    assert told.code == 2
    assert "what should be asked?" in told.err
    assert plain.requests == []


def test_json_is_one_object(cli, plain):
    plain.steps = ["It is 4."]
    told = cli("chat", "notes", "what is 2 + 2?", "--json")

    answer = json.loads(told.out)
    assert (answer["ok"], answer["session"], answer["text"]) == (True, "notes", "It is 4.")
    assert answer["interaction"]["messages"][0]["text"] == "what is 2 + 2?"
    assert answer["interaction"]["cost"] == 0.01


def test_json_of_a_failed_call_has_the_call_that_may_have_cost(cli, plain):
    failure = Failure("overloaded", "try later")
    plain.steps = [Reply("", "model-1", Usage(100, 20), failure=failure)]
    told = cli("chat", "notes", "hello", "--json")

    answer = json.loads(told.out)
    assert (told.code, answer["ok"], answer["error"]["kind"]) == (9, False, "provider")
    assert (answer["session"], answer["interaction"]["status"]) == ("notes", "overloaded")


def test_jsonl_tells_the_pieces_too(cli, serve):
    serve([Turn("one two three")])
    events = [
        json.loads(line) for line in cli("chat", "notes", "count", "--jsonl").out.splitlines()
    ]

    pieces = [event["text"] for event in events if event["event"] == "text"]
    assert "".join(pieces) == events[-1]["text"] == "one two three"
    assert len(pieces) > 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failure("auth", "log in"), 9),
        (Failure("timeout", "too long"), 124),
        (Failure("rate_limit", "wait"), 7),
        (Failure("model", "no such"), 4),
    ],
    ids=["auth", "timeout", "limit", "model"],
)
def test_a_call_that_failed_has_its_exit_code_and_is_on_record(cli, root, plain, error, code):
    plain.steps = [Reply("", "model-1", failure=error)]
    told = cli("chat", "notes", "hello")

    assert (told.code, told.out) == (code, "")
    assert told.err.count("error: ") == 1
    assert [call.status for call in calls(root)] == [error.status]


def test_a_used_up_budget_calls_nobody(cli, root, plain, monkeypatch):
    cli("chat", "notes", "hello")
    monkeypatch.setenv("BUDGET_SESSION", "0.005")
    told = cli("chat", "notes", "hello again")

    assert told.code == 7
    assert len(plain.requests) == 1


def test_a_provider_that_is_missing_leaves_no_session(cli, root, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    told = cli("chat", "notes", "hello", "--provider", "claude")

    assert told.code == 9
    assert "claude is not installed" in told.err
    assert FileStore(root).names() == []


@pytest.mark.parametrize("name", ["Notes", "a/b", "../x", "a" * 101])
def test_what_is_no_session_name_is_refused(cli, plain, name):
    told = cli("chat", name, "hello")

    assert told.code == 2
    assert "not a session name" in told.err
    assert plain.requests == []


def test_a_session_of_another_project_is_refused(cli, plain, store, in_repository):
    in_repository()
    told = cli("chat", "plan-search", "hello")

    assert told.code == 2
    assert "plan-search belongs to another project: /home/me/wiki" in told.err
    assert plain.requests == []


def test_in_a_repository_an_agent_works_in_its_top_folder_and_the_session_is_its(
    cli, root, agent, in_repository, monkeypatch
):
    repo = in_repository()
    (repo / "src").mkdir()
    monkeypatch.chdir(repo / "src")
    cli("chat", "notes", "hello")

    assert agent.requests[0].cwd == repo
    assert FileStore(root).read("notes").about.project == str(repo)


def test_the_session_of_a_command_is_talked_in_as_it_is(cli, store, agent):
    before = store.read("plan-payment")
    assert cli("chat", "plan-payment", "why so?").code == 0

    after = store.read("plan-payment")
    assert after.about == before.about
    assert after.totals.interactions == before.totals.interactions + 1


def test_a_name_copied_from_a_table_is_found_and_no_session_is_made_of_it(cli, store, agent):
    assert cli("chat", "implement-p…", "go on").code == 0
    assert store.names() == ["implement-payment", "plan-payment", "plan-search"]


def test_the_beginning_of_a_name_is_a_name_of_its_own(cli, store, agent):
    assert cli("chat", "implement", "go on").code == 0
    assert "implement" in store.names()


def test_an_agent_may_not_edit_unless_it_is_said(cli, agent):
    cli("chat", "notes", "hello")
    cli("chat", "notes", "hello", "--edit")

    assert [one.access for one in agent.requests] == ["read", "edit"]


def test_what_an_agent_was_not_allowed_is_said_with_the_way_to_allow_it(cli, agent):
    agent.steps = [Reply("I may not.", "model-1", resume=Resume("id-1"), denied=("Write",))]

    told = cli("chat", "notes", "change it")

    assert "not allowed to use Write (--edit lets it change files)" in told.err


def test_edit_is_refused_where_nobody_could(cli, plain):
    told = cli("chat", "notes", "change it", "--edit")

    assert told.code == 3
    assert "plain cannot change files" in told.err
    assert plain.requests == []


def test_edit_waits_for_who_works_in_the_tree(cli, agent, in_repository):
    repo = in_repository()
    held = lock_tree(str(repo), 0.0, lambda _text: None)
    try:
        told = cli("chat", "notes", "change it", "--edit", "--wait", "0")
        assert told.code == 8
        assert cli("chat", "notes", "what is it?", "--wait", "0").code == 0
    finally:
        held.release()


def test_a_new_session_is_a_chat_that_lasts_unless_it_is_said(cli, root, plain):
    cli("chat", "notes", "hello")
    session = FileStore(root).read("notes")
    assert (session.kind, session.about.command, session.expires_at) == ("chat", "", "")

    cli("chat", "short", "hello", "--expires", "7d")
    assert FileStore(root).read("short").about.expires_in_ms == 7 * 86_400_000


def test_a_session_that_is_there_expires_as_it_is_said_last(cli, root, plain):
    cli("chat", "notes", "hello", "--expires", "7d")
    cli("chat", "notes", "hello", "--expires", "12h")
    assert FileStore(root).read("notes").about.expires_in_ms == 12 * 3_600_000
    cli("chat", "notes", "hello")
    assert FileStore(root).read("notes").about.expires_in_ms == 12 * 3_600_000
    cli("chat", "notes", "hello", "--expires", "never")
    assert FileStore(root).read("notes").expires_at == ""


def test_a_conversation_that_is_over_is_kept_under_a_number_and_a_new_one_begins(cli, root, plain):
    cli("chat", "notes", "one", "--expires", "7d")
    FileStore(root).append("notes", [Change("status", "inactive")])
    told = cli("chat", "notes", "two")

    assert told.code == 0
    assert "notes: the last conversation was over, kept as notes.1; this is a new one" in told.err
    assert plain.requests[1].history == ()
    assert [call.messages[0].text for call in calls(root, "notes.1")] == ["one"]
    assert [call.messages[0].text for call in calls(root)] == ["two"]
    assert FileStore(root).read("notes").about.expires_in_ms == 7 * 86_400_000
    assert "was over" not in cli("chat", "notes", "three").err


def test_a_call_that_was_not_made_leaves_the_next_one_to_follow(cli, root, plain, monkeypatch):
    cli("chat", "notes", "one")
    FileStore(root).append("notes", [Change("status", "inactive")])
    with monkeypatch.context() as patch:
        patch.setenv("BUDGET_DAY", "0.005")
        assert cli("chat", "notes", "two").code == 7
    assert cli("chat", "notes", "three").code == 0

    session = FileStore(root).read("notes")
    assert session.about.parent.name == "notes.1"
    assert [call.messages[0].text for call in calls(root)] == ["three"]


def test_the_session_of_a_command_is_never_followed(cli, store, agent):
    store.append("plan-payment", [Change("status", "inactive")])
    cli("chat", "plan-payment", "why so?")

    assert "plan-payment.1" not in store.names()


def test_what_is_no_time_is_refused_before_anybody_is_called(cli, root, plain):
    told = cli("chat", "notes", "hello", "--expires", "soon")

    assert told.code == 2
    assert "'soon'" in told.err
    assert plain.requests == []


def test_without_sessions_it_answers_says_so_once_and_keeps_nothing(cli, root, plain, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")
    told = cli("chat", "notes", "hello")

    assert told.code == 0
    assert told.err.count("nothing of this is kept: USE_SESSIONS is off") == 1
    assert FileStore(root).names() == []


def test_who_answered_last_is_asked_again_with_its_model(cli, serve, monkeypatch):
    server = serve()
    cli("chat", "notes", "one", "--model", "gpt-mine")
    monkeypatch.delenv("AI_PROVIDER")
    monkeypatch.setenv("PATH", "/nowhere")
    told = cli("chat", "notes", "two")

    assert told.code == 0
    assert [seen.body["model"] for seen in server.seen] == ["gpt-mine", "gpt-mine"]


@pytest.mark.parametrize(
    "words", [("--no-session", "--expires", "7d"), ("--no-session", "--require-resume")]
)
def test_what_needs_a_session_is_refused_without_one(cli, plain, words):
    assert cli("chat", "notes", "hello", *words).code == 2
    assert plain.requests == []


def test_who_must_go_on_needs_sessions(cli, plain, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")
    told = cli("chat", "notes", "hello", "--require-resume")

    assert (told.code, plain.requests) == (2, [])
    assert "--require-resume needs a session" in told.err


def test_a_lost_context_is_exit_10_with_require_resume(cli, agent):
    agent.steps = ["one", Reply("two", "model-1", resume=Resume("another"))]
    cli("chat", "notes", "hello")

    assert cli("chat", "notes", "hello", "--require-resume").code == 10


def test_a_setting_counts_more_than_who_answered_last(cli, serve, plain, monkeypatch):
    serve()
    cli("chat", "notes", "one")
    monkeypatch.setenv("AI_PROVIDER_CHAT", "plain")
    cli("chat", "notes", "two")

    assert [one.prompt for one in plain.requests] == ["two"]


def test_a_provider_that_is_no_more_is_not_asked_for(cli, plain, monkeypatch):
    cli("chat", "notes", "one")
    monkeypatch.delitem(providers.PROVIDERS, "plain")
    monkeypatch.delenv("AI_PROVIDER")
    monkeypatch.setenv("PATH", "/nowhere")
    told = cli("chat", "notes", "two")

    assert told.code == 3
    assert "no coding agent found" in told.err


def test_ctrl_c_ends_the_answer_with_130_and_keeps_what_was_said(cli, root, plain):
    class Talks(Plain):
        def run(self, request, watch):
            watch(Event("text", "Half of ", begins=True))
            signal.raise_signal(signal.SIGINT)
            assert request.stop.wait(WAIT_S)
            stopped = Failure("interrupted", "it was stopped before it had answered")
            return Reply("Half of ", "model-1", Usage(1, 1, estimated=True), failure=stopped)

    providers.PROVIDERS["plain"] = lambda _settings, _environment: Talks()
    told = cli("chat", "notes", "tell me all")

    assert (told.code, told.out) == (130, "Half of \n")
    assert "error: interrupted" in told.err
    (call,) = calls(root)
    assert (call.status, call.messages[1].text) == ("interrupted", "Half of ")


def test_a_stop_of_a_real_stream_keeps_what_has_come(root, serve, begin):
    asked = threading.Event()

    def answer(_body):
        asked.set()
        return Turn("one two three", hang_after=2)

    serve(answer)
    command = begin("chat", "notes", "count")
    assert asked.wait(WAIT_S)
    assert command.stdout.read(4) == "one "
    command.send_signal(signal.SIGINT)

    assert command.communicate()[0] == "\n"
    assert command.returncode == 130
    (call,) = calls(root)
    assert [message.text for message in call.messages] == ["count", "one "]


def test_termination_keeps_what_has_come(root, serve, begin):
    serve([Turn("one two three", hang_after=2)])
    command = begin("chat", "notes", "count")
    assert command.stdout.read(4) == "one "
    command.send_signal(signal.SIGTERM)
    command.communicate()

    assert command.returncode == 143
    (call,) = calls(root)
    assert (call.status, [one.text for one in call.messages]) == ("interrupted", ["count", "one "])


def test_ctrl_c_while_a_model_summarizes_leaves_it_to_rules(root, serve, begin, monkeypatch):
    asked = threading.Event()

    def answer(body):
        if body["model"] != "cheap":
            return Turn("noted")
        asked.set()
        return Turn(hang_after=0)

    serve(answer)
    store = FileStore(root, fsync="none")
    store.ensure("notes", About(kind="chat"))
    store.append("notes", [Said(Message("user", f"port {n} is ours. " * 20)) for n in range(12)])
    given = {"AI_MODEL": "m", "AI_WINDOW": "2000", "SUMMARY_PROVIDER": "openai"}
    for name, value in {**given, "SUMMARY_MODEL": "cheap"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MIN_MESSAGES_TO_SUMMARIZE", "13")
    command = begin("chat", "notes", "and port 99")
    assert asked.wait(WAIT_S)
    command.send_signal(signal.SIGINT)

    said, told = command.communicate()
    assert (said, command.returncode) == ("noted\n", 0)
    assert "rules wrote it: it was stopped" in told
    made = [one.kind for one in store.entries("notes") if isinstance(one, Summary)]
    assert made == ["extractive"]
