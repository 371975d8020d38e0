"""opencode: steps are added up, refused tools are told, and nothing waits for ever."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in import StandIn

from ai_sessions.errors import ProviderError
from ai_sessions.providers import opencode, process
from ai_sessions.providers.contract import Request
from ai_sessions.records import Cost, Resume, Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"
DONE = process.Ended(0, "")
FAILED = process.Ended(1, "")
ID = "ses_e03fbfc6dffeYI8QQlvC4VRcCs"
SONNET = "anthropic/claude-sonnet-4-5"
ONE_CALL = Usage(3500, 20, 3000, 400)


def read(lines, request, ended=DONE):
    stream = opencode.Stream(request, lambda _event: None)
    for line in lines:
        stream.take(line if isinstance(line, str) else json.dumps(line))
    return stream.reply(ended)


def step(reason="stop", cost=0.003, **tokens):
    part = {"reason": reason, "cost": cost, "tokens": {"input": 100, "output": 20, **tokens}}
    return {"type": "step_finish", "sessionID": ID, "part": part}


def said(text, message="m1"):
    return {"type": "text", "sessionID": ID, "part": {"messageID": message, "text": text}}


@pytest.mark.parametrize(
    ("name", "text"), [("first", "OK 1: 1 messages"), ("resumed", "OK 1: 3 messages")]
)
def test_each_run_counts_its_own_tokens(recorded, request_of, name, text):
    request = request_of(model=SONNET, resume=Resume(ID) if name == "resumed" else None)
    reply = read(recorded(f"opencode-stream-{name}.jsonl"), request)

    assert reply.failure is None
    assert (reply.text, reply.model) == (text, SONNET)
    assert reply.usage == ONE_CALL
    assert reply.cost == Cost(3_000_000, "client")
    assert (reply.resume.id, reply.resume.cwd) == (ID, str(request.cwd))


def test_a_run_that_ended_on_a_refused_tool_is_denied_and_paid(recorded, request_of):
    reply = read(recorded("opencode-stream-write.jsonl"), request_of())

    assert reply.failure.status == "denied"
    assert reply.denied == ("write",)
    assert reply.turns == 4
    assert reply.usage == Usage(14000, 80, 12000, 1600)
    assert reply.cost == Cost(12_000_000, "client")


def test_its_own_list_is_collected(recorded, request_of):
    assert read(recorded("opencode-stream-write.jsonl"), request_of()).todos == (
        {"text": "Write parser", "status": "in_progress"},
        {"text": "Add tests", "status": "pending"},
    )


def test_a_tool_that_failed_was_not_denied(request_of):
    state = {"status": "error", "error": "File not found"}
    tool = {"type": "tool_use", "part": {"tool": "edit", "state": state}}

    assert read([tool, said("done"), step()], request_of()).denied == ()


@pytest.mark.parametrize(
    ("tokens", "usage"),
    [
        ({"total": 130, "reasoning": 10}, Usage(100, 30, reasoning_tokens=10)),
        ({"total": 120, "reasoning": 10}, Usage(100, 20, reasoning_tokens=10)),
        ({"reasoning": 10}, Usage(100, 30, reasoning_tokens=10)),
    ],
)
def test_whether_the_output_has_the_thoughts_the_total_tells(request_of, tokens, usage):
    assert read([said("done"), step(**tokens)], request_of()).usage == usage


def test_the_price_of_an_unknown_model_is_not_zero(request_of):
    assert read([said("done"), step(cost=0)], request_of()).cost is None


def test_the_answer_is_the_last_message(request_of):
    lines = [said("I will"), step("tool-calls"), said("do", "m2"), said("ne", "m2"), step()]

    assert read(lines, request_of()).text == "done"


CLASSES = {
    "auth": "auth",
    "forbidden": "auth",
    "rate_limitL": "rate_limit",
    "overloadedL": "overloaded",
    "serverL": "server",
    "refusedL": "network",
    "context": "context_too_long",
    "not_found": "model",
    "quota": "billing",
    "bad_request": "other",
    "truncate": "network",
    "incomplete": "limit",
    "or-unk": "session_gone",
    "or-cwd": "interrupted",
    "ow-ask": "denied",
}


def failures():
    lines = (FIXTURES / "opencode-errors.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_recorded_failure_is_in_the_table():
    assert {case["case"] for case in failures()} == set(CLASSES)


@pytest.mark.parametrize("case", failures(), ids=lambda case: case["case"])
def test_every_recorded_failure_is_told_from_the_others(case, request_of):
    code = case["exit"] if case["exit"] >= 0 else 128 - case["exit"]
    ended = process.Ended(code, case.get("stderr") or "")
    failure = read(case["stdout"], request_of(), ended).failure

    assert failure.status == CLASSES[case["case"]]
    assert failure.message
    assert failure.hint
    assert "\n" not in failure.message
    assert "\x1b" not in failure.message


def test_a_context_that_was_compacted_and_went_on_is_a_success(request_of):
    error = {"name": "ContextOverflowError", "data": {"message": "prompt is too long"}}
    reply = read([{"type": "error", "error": error}, said("done"), step()], request_of())

    assert reply.failure is None
    assert reply.compacted


def test_the_id_of_any_line_is_enough_to_go_on(request_of):
    reply = read([{"type": "step_start", "sessionID": ID}], request_of(), process.Ended(143, ""))

    assert reply.failure.status == "interrupted"
    assert reply.resume.id == ID


def test_an_empty_answer_is_no_answer(request_of):
    assert read([step()], request_of()).failure.status == "empty"


def test_a_clock_that_ran_out_is_a_timeout(request_of):
    reply = read([], request_of(), process.Ended(124, "", "it said nothing for 5 s"))

    assert reply.failure.status == "timeout"


AGAIN = (
    'timestamp=2026-11-21T09:15:46.710Z level=ERROR run=880797f1 message="stream error" '
    'providerID=anthropic session.id=ses_e029 small=false error.error="AI_APICallError: {}"'
)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("This request would exceed your rate limit", "rate_limit"),
        ("Overloaded", "overloaded"),
        ("Cannot connect to API: Unable to connect.", "network"),
        (r"JSON parsing failed: Text: {\"a", "unreadable"),
        ("oops", "timeout"),
    ],
)
def test_what_it_tries_again_for_ever_is_seen_and_named(request_of, told, status):
    seen = []
    stream = opencode.Stream(request_of(), seen.append)
    stream.complain("Some other line")
    stream.complain(AGAIN.format(told))
    reply = stream.reply(process.Ended(124, AGAIN.format(told), "it took longer than 5 s"))

    told = told.replace(r"\"", '"')
    assert [(event.kind, event.text) for event in seen] == [("retry", told)]
    assert reply.failure.status == status
    assert reply.failure.message == f"{told} (it kept trying: it took longer than 5 s)"


def test_its_log_does_not_hide_what_it_says(request_of):
    ended = process.Ended(1, AGAIN.format("x") + "\n\x1b[91mError: \x1b[0mSession not found")
    reply = read([], request_of(), ended)

    assert (reply.failure.status, reply.failure.message) == (
        "session_gone",
        "Error: Session not found",
    )


@pytest.mark.parametrize(("cost", "spent"), [(0.003, 3_000_000), (0, None)])
def test_what_it_has_cost_so_far_is_known_while_it_works(request_of, cost, spent):
    stream = opencode.Stream(request_of(model="some/model-of-mine"), lambda _event: None)
    stream.take(json.dumps(step("tool-calls", cost)))

    assert stream.spent() == spent


def test_one_that_was_stopped_over_its_budget_says_so(request_of):
    ended = process.Ended(143, "", stopped="it was stopped: it has cost $2.00")
    reply = read([step("tool-calls")], request_of(), ended)

    assert (reply.failure.status, reply.cost.nusd) == ("budget", 3_000_000)


STREAMS = sorted(path.name for path in FIXTURES.glob("opencode-stream-*.jsonl"))


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_stream_cut_anywhere_is_a_failure_and_never_an_exception(name, data):
    text = (FIXTURES / name).read_bytes()
    cut = data.draw(st.integers(0, len(text) - 2))
    lines = text[:cut].decode("utf-8", "replace").splitlines()

    assert read(lines, Request("hello", cwd=FIXTURES)).failure is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tokens", "cost", "tool", "state", "reason", "input", "data", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(["text", "tool_use", "step_finish", "error"]))
def test_any_json_in_any_place_is_survived(value, kind):
    fields = dict.fromkeys(["part", "error", "sessionID", "timestamp"], value)

    read([{"type": kind, **fields}, value], Request("hello", cwd=FIXTURES))


def test_the_first_call_names_its_folder_and_its_session(request_of, tmp_path):
    words = opencode.argv(request_of(title="plan-x", model=SONNET, access="edit", new_id="x"))

    assert words[:4] == ["opencode", "run", "--format", "json"]
    assert words[words.index("--dir") + 1] == str(tmp_path)
    assert words[words.index("-m") + 1] == SONNET
    assert words[-2:] == ["--title", "plan-x"]
    assert "--agent" not in words


def test_a_reader_plans_and_resumes_by_full_id(request_of):
    words = opencode.argv(request_of(resume=Resume(ID), title="plan-x"))

    assert words[words.index("--agent") + 1] == "plan"
    assert words[-2:] == ["--session", ID]
    assert "--title" not in words


def test_the_prompt_is_never_an_argument(request_of, tmp_path):
    agent = StandIn(tmp_path, "opencode", FIXTURES / "opencode-stream-first.jsonl")
    reply = opencode.OpenCode(agent.environment).run(request_of("secret"), lambda _event: None)

    assert reply.failure is None
    assert agent.call["stdin"] == "secret"
    assert "secret" not in " ".join(agent.call["argv"])
    assert agent.call["env"]["OPENCODE_DISABLE_AUTOUPDATE"] == "1"


def test_a_conversation_of_another_folder_is_gone_without_a_call(request_of, tmp_path):
    agent = StandIn(tmp_path, "opencode", FIXTURES / "opencode-stream-first.jsonl")
    request = request_of(resume=Resume(ID, cwd="/elsewhere"))
    reply = opencode.OpenCode(agent.environment).run(request, lambda _event: None)

    assert reply.failure.status == "session_gone"
    assert reply.usage == Usage()
    assert not list(tmp_path.glob("*.call.json"))


@pytest.fixture
def database(tmp_path):
    """A home with a database in which one call of the recorded conversation is."""
    folder = tmp_path / ".local" / "share" / "opencode"
    folder.mkdir(parents=True)
    exported = json.loads((FIXTURES / "opencode-export.json").read_text(encoding="utf-8"))
    info = next(one["info"] for one in exported["messages"] if one["info"]["role"] == "assistant")
    with sqlite3.connect(folder / "opencode.db") as db:
        db.execute("create table session (id, directory, title, version)")
        db.execute("create table message (id, session_id, time_updated, data)")
        db.execute("insert into session values (?, '/x', 'plan-x', '1.18.33')", (ID,))
        row = ("m1", ID, 1 << 42, json.dumps(info))
        db.execute("insert into message values (?, ?, ?, ?)", row)
    db.close()
    return tmp_path


def test_the_model_and_the_release_come_from_its_own_database(database, request_of):
    agent = StandIn(database, "opencode", FIXTURES / "opencode-stream-first.jsonl")
    reply = opencode.OpenCode(agent.environment).run(request_of(), lambda _event: None)

    assert (reply.model, reply.client_version) == (SONNET, "1.18.33")
    assert reply.resume.model == SONNET


def test_sub_agents_are_counted_with_the_session_that_they_work_for(database, request_of):
    path = database / ".local/share/opencode/opencode.db"
    child = {"role": "assistant", "cost": 0.21, "modelID": "claude-sonnet-4-5"}
    child |= {"providerID": "anthropic", "tokens": {"input": 50_000, "output": 4000}}
    child["time"] = {"created": 1795229486651, "completed": 1795229486700}
    with sqlite3.connect(path) as db:
        db.execute("alter table session add column parent_id")
        db.execute("insert into session values ('sub', '/x', 'task', '1.18.33', ?)", (ID,))
        db.execute("insert into message values ('m2', 'sub', ?, ?)", (1 << 42, json.dumps(child)))
    db.close()
    then = datetime(2026, 11, 21, tzinfo=UTC)
    agent = StandIn(database, "opencode", FIXTURES / "opencode-stream-first.jsonl")
    request = request_of(model=SONNET, now=lambda: then)
    reply = opencode.OpenCode(agent.environment).run(request, lambda _event: None)

    assert reply.usage == ONE_CALL + Usage(50_000, 4000)
    assert reply.cost == Cost(213_000_000, "client")


def test_the_users_own_settings_win_over_our_quiet_ones():
    made = opencode.child_environment({"OPENCODE_DISABLE_AUTOUPDATE": "0"})

    assert made == {"OPENCODE_DISABLE_AUTOUPDATE": "0", "OPENCODE_DISABLE_MODELS_FETCH": "1"}


def test_a_missing_opencode_says_what_to_do(request_of, tmp_path):
    with pytest.raises(ProviderError, match="not installed") as caught:
        opencode.OpenCode({"PATH": str(tmp_path)}).run(request_of(), lambda _event: None)
    assert "opencode-ai" in caught.value.hint
    assert "demo.sh" in caught.value.hint


TEXTS = json.loads((FIXTURES / "limit-texts.json").read_text(encoding="utf-8"))["opencode"]


@pytest.mark.parametrize("text", [text for text, _until in TEXTS])
def test_every_wording_of_a_limit_is_one(request_of, text):
    error = {"name": "APIError", "data": {"message": text, "statusCode": 429}}
    failure = read([{"type": "error", "error": error}], request_of(), FAILED).failure

    assert failure.status == "rate_limit"
    assert failure.told.startswith(text)


def test_what_the_server_said_in_its_headers_is_when_a_limit_ends(request_of):
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    data = {"message": "slow down", "statusCode": 429, "responseHeaders": {"Retry-After": "90"}}
    lines = [{"type": "error", "error": {"name": "APIError", "data": data}}]
    failure = read(lines, request_of(now=lambda: now), FAILED).failure

    assert failure.until == now + timedelta(seconds=90)


def test_accounts_are_told_apart_by_what_chooses_them():
    assert opencode.OpenCode({}).account == ""
    assert opencode.OpenCode({"OPENAI_API_KEY": "k"}).account
