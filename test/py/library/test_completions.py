"""Completions, each on record in a session, whatever comes of them."""

import json
import logging
import threading

import pytest

import anthropic_server
import openai_server
from ai_sessions.assemble import providers
from ai_sessions.errors import ConfigError, LimitReached, StorageError
from ai_sessions.library.completions import Completions
from ai_sessions.library.errors import CompletionError, InvalidSessionOperation
from ai_sessions.library.questions import question
from ai_sessions.providers.contract import Event, Quirks, Reply
from ai_sessions.records import Interaction, Resume, ToolCall
from ai_sessions.stopping import Stop
from ai_sessions.store.files import FileStore
from loopback import Turn

HELLO = [{"role": "user", "content": "Hello!"}]
NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture
def serve(monkeypatch, root):
    """Anthropic's API, which plays these turns; what else the settings are."""
    servers = []

    def begun(*turns, **settings):
        script = turns[0] if turns and callable(turns[0]) else turns
        server = anthropic_server.server(script).__enter__()
        servers.append(server)
        given = {"ANTHROPIC_BASE_URL": server.url, "OLLAMA_BASE_URL": NOBODY, "RECORD": "false"}
        for name, value in {**given, "SESSION_DIR": str(root), **settings}.items():
            monkeypatch.setenv(name, value)
        return server

    yield begun
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def llm(core):
    return lambda *args, **named: Completions(*args, store=core, **named)


def session_of(core):
    (name,) = core.store.names()
    return core.store.read(name)


def calls(core):
    entries = core.store.entries(session_of(core).name)
    return [one for one in entries if isinstance(one, Interaction)]


def texts(call):
    return [one.text for one in call.messages]


def test_an_answer_comes_with_its_cost_and_is_on_record(serve, llm, core):
    server = serve(Turn("Hi."))
    found = llm().ask(question(HELLO, "claude-haiku-4-5"))

    (call,) = calls(core)
    assert (found, found.provider, found.call_id) == ("Hi.", "anthropic", call.id)
    assert (texts(call), call.purpose, call.status) == (["Hello!", "Hi."], "chat", "ok")
    assert server.seen[0].body["model"] == "claude-haiku-4-5"


def test_the_whole_of_the_messages_is_what_the_model_is_told(serve, llm, core):
    server = serve(Turn("Hi."), Turn("4"))
    service = llm()
    service.ask(question(HELLO))
    said = [*HELLO, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "2+2?"}]
    service.ask(question(said, max_tokens=5))

    sent = [one["content"][0]["text"] for one in server.seen[1].body["messages"]]
    assert (sent, server.seen[1].body["max_tokens"]) == (["Hello!", "Hi.", "2+2?"], 5)
    assert [texts(one) for one in calls(core)] == [["Hello!", "Hi."], ["2+2?", "4"]]


def test_pieces_are_heard_as_they_come(serve, llm):
    serve(Turn("One two three"))
    pieces = []
    found = llm().ask(question(HELLO), pieces.append)

    assert len(pieces) > 2
    assert "".join(pieces) == found == "One two three"


def test_what_does_not_stream_is_heard_at_its_end(serve, llm):
    serve()
    pieces = []
    llm(provider="echo").ask(question(HELLO), pieces.append)

    assert pieces == ["Hello!"]


def test_a_session_is_called_as_the_program_says(serve, llm, core):
    serve()
    llm(title="Greetings", description="A test.", tags=["a", "b"], metadata={"n": 7}).ask(
        question(HELLO)
    )

    session = session_of(core)
    assert (session.about.title, session.description) == ("Greetings", "A test.")
    assert session.tags == ("a", "b")
    assert any(getattr(one, "body", None) == {"n": 7} for one in core.store.entries(session.name))


@pytest.mark.parametrize(
    ("asked", "title"),
    [("Hello,\n  you!", "Hello, you!"), ("\x1b[31mred", "[31mred"), ("w " * 99, "w " * 29 + "w…")],
)
def test_without_a_title_it_is_the_first_words(serve, llm, core, asked, title):
    serve()
    llm().ask(question(asked))

    assert session_of(core).about.title == title


def test_no_title_has_words_where_none_are_kept(serve, root):
    serve(Turn("Hi."))
    store = FileStore(root, content="none", fsync="none")
    Completions(store=store).ask(question(HELLO))

    assert [one.about.title for one in store.sessions()] == [""]
    assert "Hello!" not in "".join(path.read_text() for path in root.glob("*/*.json*"))


def test_a_session_that_goes_on_keeps_its_title_and_takes_more_tags(serve, llm, core):
    serve()
    llm("chat", title="First", tags=["a"]).ask(question(HELLO))
    llm("chat", tags=["b"]).ask(question("Something else"))

    assert session_of(core).about.title == "First"
    assert session_of(core).tags == ("a", "b")


def test_another_session_can_be_begun(serve, llm, core):
    serve()
    service = llm()
    first = service.session_id
    service.ask(question(HELLO))
    second = service.new_session(title="Second")
    found = service.ask(question(HELLO))

    assert (found.session_id, first != second) == (second, True)
    assert sorted(one.about.title for one in core.store.sessions()) == ["Hello!", "Second"]


def test_an_answer_that_breaks_off_is_an_error_with_what_came_and_on_record(serve, llm, core):
    serve(Turn("One two three", cut_after=5))
    with pytest.raises(CompletionError) as caught:
        llm().ask(question(HELLO))

    assert (caught.value.status, caught.value.exit_code) == ("network", 9)
    assert caught.value.completion
    (call,) = calls(core)
    assert (call.status, texts(call)[1]) == ("network", caught.value.completion)


@pytest.fixture(params=["anthropic", "openai"])
def cut(request, serve, monkeypatch):
    """A provider whose stream ends after so many pieces, and the setting that leads there."""
    servers = []

    def begun(count):
        turn = Turn("One two three", cut_after=count)
        if request.param == "openai":
            servers.append(openai_server.server([turn]).__enter__())
            monkeypatch.setenv("OPENAI_BASE_URL", f"{servers[0].url}/v1")
        serve(turn)
        return request.param

    yield begun
    for server in servers:
        server.__exit__(None, None, None)


@pytest.mark.parametrize("count", range(6))
def test_whatever_has_come_before_a_cut_is_on_record(cut, llm, core, count):
    pieces, provider = [], cut(count)
    with pytest.raises(CompletionError):
        llm(provider=provider, model="m").ask(question(HELLO), pieces.append)

    (call,) = calls(core)
    assert "".join(texts(call)[1:]) == "".join(pieces)
    assert call.status in ("network", "unreadable")


def test_a_call_that_is_stopped_is_on_record_as_interrupted(serve, llm, core):
    serve(Turn("One two three", hang_after=5))
    stop = Stop()
    with pytest.raises(CompletionError) as caught:
        llm().ask(question(HELLO), lambda _piece: stop.set(), stop)

    (call,) = calls(core)
    assert (caught.value.status, call.status) == ("interrupted", "interrupted")
    assert texts(call)[1] == caught.value.completion != ""


def test_a_model_that_is_not_there_is_replaced_with_one_warning(serve, llm, core, caplog):
    serve(Turn("Hi."), Turn("Hi again."))
    service = llm(model="gpt-5.4")
    with caplog.at_level(logging.WARNING, "ai_sessions"):
        found = service.ask(question(HELLO))
        service.ask(question("And now?"))

    why = "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
    assert found.warnings == (f"gpt-5.4: {why}; anthropic answers instead",)
    assert caplog.messages == list(found.warnings)
    assert [one.detail["instead_of"] for one in calls(core)] == [
        [{"model": "gpt-5.4", "why": why}]
    ] * 2


def test_nobody_outside_of_the_list_is_asked(serve, llm):
    with openai_server.server() as openai:
        serve(LLM_FALLBACK="ollama", OPENAI_BASE_URL=f"{openai.url}/v1")
        with pytest.raises(CompletionError, match=r"no model is there: .*; ollama: "):
            llm(model="ollama:x").ask(question(HELLO))

    assert openai.seen == []


def test_when_none_can_be_asked_nothing_is_left_of_it(serve, llm, core):
    serve(ANTHROPIC_BASE_URL="https://api.anthropic.com", LLM_FALLBACK="anthropic")
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY is not set"):
        llm(tags=["x"]).ask(question(HELLO))

    assert core.store.names() == []


def test_a_budget_is_the_end_of_it(serve, llm, core):
    server = serve(BUDGET_CALL="0.000001")
    with pytest.raises(LimitReached):
        llm().ask(question("word " * 1000, "claude-haiku-4-5"))

    assert server.seen == []


def test_calls_at_once_do_not_wait_for_each_other(serve, llm, core):
    together, found = threading.Barrier(5), []
    serve(lambda _body: Turn("Hi."))
    service = llm()

    def ask(number):
        """All are in the middle of their call at the same time."""
        found.append(service.ask(question(f"Hello {number}"), lambda _piece: together.wait(20)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)

    assert found == ["Hi."] * 5
    assert {texts(one)[0] for one in calls(core)} == {f"Hello {number}" for number in range(5)}
    assert (session_of(core).totals.interactions, session_of(core).calling) == (5, {})


@pytest.mark.parametrize("core", ["files"], indirect=True)
def test_a_call_that_ctrl_c_ends_is_in_the_files(serve, llm, core, tmp_path):
    serve(Turn("One two three"), RECORD="auto", RECORD_DIR=str(tmp_path / "written"))
    service = llm()
    with pytest.raises(KeyboardInterrupt):
        service.ask(question(HELLO), _interrupt)
    service.close()

    (page,) = (tmp_path / "written").glob("*.md")
    assert "interrupted" in page.read_text()


def _interrupt(_piece):
    raise KeyboardInterrupt


def test_a_step_that_fails_after_the_save_loses_no_answer(serve, llm, caplog, monkeypatch):
    serve(Turn("Hi."))
    monkeypatch.setattr(Completions, "_written_down", _full)

    assert llm().ask(question(HELLO)) == "Hi."
    assert "no space left" in caplog.text


def _full(*_args):
    raise OSError("no space left")


def test_after_close_nothing_is_asked(serve, llm):
    server = serve()
    service = llm()
    service.close()
    for verb in (lambda: service.ask(question(HELLO)), service.new_session):
        with pytest.raises(InvalidSessionOperation, match="closed"):
            verb()

    assert server.seen == []


@pytest.mark.parametrize(
    "given",
    [
        {"title": "two\nlines"},
        {"tags": "ab"},
        {"tags": [""]},
        {"tags": 7},
        {"description": "x" * 9000},
        {"model": 7},
        {"record": "yes"},
        {"metadata": []},
        {"session_id": 7},
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_kept(serve, llm, core, given):
    serve()
    with pytest.raises(InvalidSessionOperation):
        llm(**given)

    assert core.store.names() == []


def test_what_can_be_asked_is_told(serve, llm):
    serve(PATH="")

    assert "anthropic:claude-haiku-4-5" in llm().available_models()


@pytest.mark.parametrize("verb", ["append", "ensure"])
def test_an_answer_is_never_lost_to_a_fault_of_the_record(
    serve, llm, core, caplog, monkeypatch, verb
):
    serve(Turn("Hi."), Turn("Hi."))
    service = llm()
    monkeypatch.setattr(core.store, verb, _refuse)
    found = service.ask(question(HELLO))

    assert (found, found.status) == ("Hi.", "ok")
    assert caplog.messages == ["an answer is not on record: no space left (make room)"]
    monkeypatch.undo()


def _refuse(*_args, **_named):
    raise StorageError("no space left", "make room")


def test_where_no_folder_can_be_an_answer_comes_all_the_same(serve, monkeypatch, tmp_path, caplog):
    (tmp_path / "file").touch()
    serve(Turn("Hi."), SESSION_DIR=str(tmp_path / "file"))

    assert Completions().ask(question(HELLO)) == "Hi."
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("an answer is not on record: ")


class Agent:
    """Says what it is about to do, then the answer."""

    name = "agent"
    quirks = Quirks(keeps_context=True, edits_files=True)

    def run(self, request, watch):
        for text in ("Let me see.", "It is 4."):
            watch(Event("text", text, begins=True))
        return Reply("It is 4.", "agent-1", resume=Resume("id-1"))


def test_of_an_agent_only_the_answer_is_heard(serve, llm, core, monkeypatch):
    serve()
    monkeypatch.setitem(providers.PROVIDERS, "agent", lambda *_given: Agent())
    pieces = []
    llm(provider="agent").ask(question(HELLO), pieces.append)

    assert pieces == ["It is 4."]
    assert session_of(core).resume == {}


def test_the_best_of_several_is_asked_by_auto(serve, llm, core, tmp_path):
    with openai_server.server([Turn("One two three")]) as server:
        models = {
            "pools": {"mine": {"url": f"{server.url}/v1"}},
            "models": [{"pool": "mine", "id": "m-1", "free": True}],
        }
        (tmp_path / "models.json").write_text(json.dumps(models))
        serve(AI_MODELS_FILE=str(tmp_path / "models.json"))
        pieces = []
        found = llm(model="auto").ask(question(HELLO), pieces.append)

    assert (found, found.model, len(pieces) > 2) == ("One two three", "m-1", True)
    assert calls(core)[0].detail["rotation"]["model"] == "mine:m-1"


def test_what_was_passed_on_is_not_followed_by_another_model_s_answer(serve, llm, core, tmp_path):
    turns = [Turn("One two three", cut_after=5), Turn("Four")]
    with openai_server.server(turns) as server:
        models = {
            "pools": {"mine": {"url": f"{server.url}/v1"}},
            "models": [{"pool": "mine", "id": one, "free": True} for one in ("m-1", "m-2")],
        }
        (tmp_path / "models.json").write_text(json.dumps(models))
        serve(AI_MODELS_FILE=str(tmp_path / "models.json"))
        with pytest.raises(CompletionError) as caught:
            llm(model="auto").ask(question(HELLO))

    assert (len(server.seen), caught.value.status) == (1, "network")
    assert [texts(one)[1] for one in calls(core)] == [caught.value.completion]


def test_nothing_is_as_good_as_not_given(serve, llm):
    serve(Turn("Hi."))
    service = llm(None, None, None, None, None, None, None, None)

    assert service.ask(question(HELLO, None, None, temperature=None)) == "Hi."


def test_a_folder_that_was_removed_is_no_reason_to_fail(serve, llm, monkeypatch, tmp_path):
    serve(Turn("Hi."))
    service = llm()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert service.ask(question(HELLO)) == "Hi."


ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


def test_what_a_model_asks_for_is_told_and_its_result_goes_on_in_the_session(serve, llm, core):
    server = serve(Turn("", tools=[{"name": "add", "input": {"a": 1}}]), Turn("3"))
    service = llm()
    asked = service.ask(question(HELLO, tools=[ADD]))
    result = {"role": "tool", "tool_call_id": "toolu_1", "content": "3"}
    answer = service.ask(question([*HELLO, asked.message, result], tools=[ADD]))

    assert (asked, asked.tool_calls) == ("", (ToolCall("toolu_1", "add", {"a": 1}),))
    assert (answer, answer.tool_calls) == ("3", ())
    assert server.seen[1].body["messages"][-1]["content"][0]["type"] == "tool_result"
    assert [[one.role for one in call.messages] for call in calls(core)] == [
        ["user", "assistant"],
        ["tool", "assistant"],
    ]


def test_who_takes_no_tools_is_not_called(serve, llm, core):
    serve(AI_PROVIDER="echo")

    with pytest.raises(InvalidSessionOperation, match="tools: echo takes no tools"):
        llm().ask(question(HELLO, tools=[ADD]))
    assert list(core.store.names()) == []
