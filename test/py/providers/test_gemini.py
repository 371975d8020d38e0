"""Gemini CLI: thoughts are counted, its conversations are kept, its exit codes understood."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in import StandIn

from ai_sessions.accounting import pricing
from ai_sessions.errors import ProviderError
from ai_sessions.imports.contract import Past
from ai_sessions.providers import gemini, process
from ai_sessions.providers.contract import Request
from ai_sessions.records import Resume, Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"
DONE = process.Ended(0, "")
FLASH = "gemini-2.5-flash"
ID = "a8f19892-511c-430c-b0d3-924490cc041c"
NOW = datetime.now(UTC)
NOWHERE = Path("/nonexistent/system-defaults.json")


def read(lines, request, ended=DONE):
    stream = gemini.Stream(request, lambda _event: None)
    for line in lines:
        stream.take(line if isinstance(line, str) else json.dumps(line))
    return stream.reply(ended)


def init(id_=ID):
    return {"type": "init", "session_id": id_, "model": FLASH}


def said(text):
    return {"type": "message", "role": "assistant", "content": text, "delta": True}


def result(**stats):
    return {"type": "result", "status": "success", "stats": stats}


def tokens(given, answered):
    total = given + answered
    return {"input_tokens": given, "output_tokens": answered, "total_tokens": total}


def test_a_recorded_edit_is_read_whole(recorded, request_of):
    reply = read(recorded("gemini-stream-write.jsonl"), request_of())

    assert reply.failure is None
    assert reply.text == "Done after 7 messages"
    assert reply.usage == Usage(12400, 100, 12000, 0, 0, 20)
    assert (reply.model, reply.cost, reply.by_model) == (
        FLASH,
        pricing.price_of(reply.usage, FLASH, NOW),
        {},
    )
    assert reply.resume.id == ID
    assert reply.resume.model == FLASH


def test_tools_it_was_not_given_are_told(recorded, request_of):
    assert read(recorded("gemini-stream-write.jsonl"), request_of()).denied == ("TodoWrite", "Bash")


def test_a_tool_that_failed_was_not_denied(request_of):
    lines = [
        {"type": "tool_use", "tool_name": "replace", "tool_id": "1"},
        {"type": "tool_result", "tool_id": "1", "status": "error", "error": {"type": "x"}},
    ]

    assert read(lines, request_of()).denied == ()


def test_its_own_list_is_collected(recorded, request_of):
    reply = read(recorded("gemini-stream-todos.jsonl"), request_of())

    assert reply.todos == (
        {"text": "Write parser", "status": "in_progress"},
        {"text": "Add tests", "status": "pending"},
    )
    assert reply.denied == ()


def test_each_model_has_its_share(request_of):
    rows = {
        FLASH: {"total_tokens": 130, "input_tokens": 100, "output_tokens": 20, "cached": 0},
        "gemini-2.5-pro": {
            "total_tokens": 1500,
            "input_tokens": 1000,
            "output_tokens": 100,
            "cached": 900,
        },
    }
    reply = read([init(), said("done"), result(models=rows)], request_of())

    assert reply.by_model == {
        FLASH: Usage(100, 30, reasoning_tokens=10),
        "gemini-2.5-pro": Usage(1000, 500, 900, reasoning_tokens=400),
    }
    assert reply.usage == Usage(1100, 530, 900, reasoning_tokens=410)
    assert reply.model == FLASH


def test_stopping_itself_in_a_loop_is_no_success(recorded, request_of):
    failure = read(recorded("gemini-stream-loop-stop.jsonl"), request_of()).failure

    assert failure.status == "limit"
    assert failure.message == "Loop detected, stopping execution"


CLASSES = {
    "auth": "auth",
    "forbidden": "auth",
    "rate_limit": "rate_limit",
    "overloaded": "overloaded",
    "server": "server",
    "context": "context_too_long",
    "not_found": "model",
    "quota": "rate_limit",
    "bad_request": "other",
    "reset": "network",
    "malformed": "unreadable",
    "truncate": "network",
    "html": "unreadable",
    "refused": "network",
    "gf-auth-1s": "auth",
    "gf-rate_limit-1s": "rate_limit",
    "gf-context-1s": "context_too_long",
    "g-maxturns": "limit",
    "gr-unk": "session_gone",
    "gr-cwd": "session_gone",
    "gr-again": "other",
    "gf-nokey": "auth",
    "g-json": "other",
}


def failures():
    lines = (FIXTURES / "gemini-errors.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for line in lines if (case := json.loads(line))["exit"]]


def stderr_of(case):
    """As it prints it: an object comes after a stack trace."""
    if case.get("stderr_json"):
        trace = "Error: at all\n    at send (file:///x/y.js:53:1)\n"
        return trace + json.dumps(case["stderr_json"], indent=2)
    stderr = case.get("stderr", "")
    return "\n".join(stderr) if isinstance(stderr, list) else stderr


def test_every_recorded_failure_is_in_the_table():
    assert {case["case"] for case in failures()} == set(CLASSES)


@pytest.mark.parametrize("case", failures(), ids=lambda case: case["case"])
def test_every_recorded_failure_is_told_from_the_others(case, request_of):
    lines = [case["stdout_result"]] if "stdout_result" in case else []
    failure = read(lines, request_of(), process.Ended(case["exit"], stderr_of(case))).failure

    assert failure.status == CLASSES[case["case"]]
    assert failure.message
    assert failure.hint
    assert "\n" not in failure.message


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("forbidden", "Your account does not have access to this model."),
        ("gf-auth-1s", "API key not valid. Please pass a valid API key."),
        ("refused", "exception TypeError: fetch failed sending request"),
    ],
)
def test_a_failure_is_told_without_its_wrapping(case, words, request_of):
    found = next(one for one in failures() if one["case"] == case)
    lines = [found["stdout_result"]] if "stdout_result" in found else []

    assert (
        read(lines, request_of(), process.Ended(found["exit"], stderr_of(found))).failure.message
        == words
    )


def test_what_a_stopped_run_had_used_is_counted(request_of):
    found = next(one for one in failures() if one["case"] == "g-maxturns")

    assert read([found["stdout_result"]], request_of(), process.Ended(53, "")).usage == Usage(
        6200, 50, 6000, reasoning_tokens=10
    )


@pytest.mark.parametrize("code", [0, 130, 143])
def test_an_end_without_a_result_is_an_interruption_whatever_the_exit_code(request_of, code):
    reply = read([init(), said("I will")], request_of(), process.Ended(code, ""))

    assert reply.failure.status == "interrupted"
    assert reply.resume.id == ID


def test_an_empty_answer_is_no_answer(request_of):
    lines = [init(), said("I will"), {"type": "tool_use", "tool_name": "x"}, result()]

    assert read(lines, request_of()).failure.status == "empty"


def test_a_clock_that_ran_out_is_a_timeout(request_of):
    reply = read([init()], request_of(), process.Ended(124, "", "took longer than 5 s"))

    assert reply.failure.status == "timeout"


@pytest.mark.parametrize(
    ("line", "told", "status"),
    [
        (
            "Attempt 1 failed with status 429. Retrying with backoff... _ApiError: "
            '{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}',
            "status 429: slow down",
            "rate_limit",
        ),
        (
            "Attempt 2 failed with status 503. Retrying with backoff... _ApiError: {}",
            "status 503: _ApiError: {}",
            "overloaded",
        ),
        (
            "Attempt 2 failed. Retrying with backoff... Error: exception TypeError: fetch failed",
            "Error: exception TypeError: fetch failed",
            "network",
        ),
    ],
    ids=["429", "503", "network"],
)
def test_what_it_tries_again_is_seen_and_named_when_our_clock_ends_it(
    request_of, line, told, status
):
    seen = []
    stream = gemini.Stream(request_of(), seen.append)
    stream.complain(line)
    stream.complain("    at async Turn.run (file.js:1:2) {")
    reply = stream.reply(process.Ended(124, line, "it took longer than 5 s"))

    assert [(event.kind, event.text) for event in seen] == [("retry", told)]
    assert (reply.failure.status, told in reply.failure.message) == (status, True)


def test_a_run_that_never_came_to_its_end_is_counted_from_its_log(request_of):
    used = Usage(3100, 25, 3000, 0, 0, 5)
    calls = [Past("gemini", "m1", "2026-11-21T02:34:28.000Z", FLASH, used, session=ID)]
    stream = gemini.Stream(
        request_of(), lambda _event: None, lambda id_: calls if id_ == ID else []
    )
    stream.take(json.dumps(init()))
    reply = stream.reply(process.Ended(143, "", stopped="it was stopped"))

    assert (reply.failure.status, reply.usage) == ("budget", used)
    assert stream.spent() > 0


def test_what_only_its_end_tells_is_added_and_what_its_log_tells_is_taken(request_of):
    """A router is in no log; a sub-agent on another model is in both."""
    told = {"gemini-2.5-pro": tokens(300_000, 10), "gemini-2.5-flash-lite": tokens(100, 1)}
    calls = [
        Past("gemini", str(number), "2026-11-21T02:34:28.000Z", "gemini-2.5-pro", Usage(150_000, 5))
        for number in range(2)
    ]
    stream = gemini.Stream(request_of(), lambda _event: None, lambda _id: calls)
    for event in (init(), result(models=told)):
        stream.take(json.dumps(event))
    reply = stream.reply(process.Ended(0, ""))

    each = [pricing.price_of(one.usage, one.model, NOW).nusd for one in calls]
    lite = pricing.price_of(Usage(100, 1), "gemini-2.5-flash-lite", NOW).nusd
    assert reply.by_model["gemini-2.5-pro"] == Usage(300_000, 10)
    assert reply.cost.nusd == sum(each) + lite
    whole = pricing.price_of(Usage(300_000, 10), "gemini-2.5-pro", NOW).nusd
    assert reply.cost_by_model == {"gemini-2.5-pro": sum(each), "gemini-2.5-flash-lite": lite}
    assert sum(each) < whole, "a long request is dearer than two short ones"


STREAMS = sorted(path.name for path in FIXTURES.glob("gemini-stream-*.jsonl"))


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
            st.sampled_from(["todos", "models", "m", "status", "message", "total_tokens", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(["init", "message", "tool_use", "tool_result", "error"]))
def test_any_json_in_any_place_is_survived(value, kind):
    names = ["stats", "error", "message", "parameters", "session_id", "tool_id", "tool_name"]
    fields = dict.fromkeys(names, value)
    lines = [{"type": kind, **fields}, {"type": "result", **fields}, value]

    assert read(lines, Request("hello", cwd=FIXTURES)).failure is not None


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='{}[]"error:message,\n at1', max_size=60))
def test_any_last_words_are_survived(stderr):
    failure = read([], Request("hello", cwd=FIXTURES), process.Ended(1, stderr)).failure

    assert failure.message


def test_the_first_call_begins_under_our_own_id(request_of):
    words = gemini.argv(request_of(new_id=ID, model=FLASH, access="edit", title="plan-x"))

    assert words[:3] == ["gemini", "-o", "stream-json"]
    assert words[words.index("--approval-mode") + 1] == "auto_edit"
    assert words[words.index("-m") + 1] == FLASH
    assert words[-2:] == ["--session-id", ID]
    assert "plan-x" not in words


def test_a_reader_resumes_by_full_id(request_of):
    words = gemini.argv(request_of(resume=Resume(ID), new_id="other"))

    assert words[-2:] == ["--resume", ID]
    assert words[words.index("--approval-mode") + 1] == "default"
    assert "--session-id" not in words


def test_the_prompt_is_never_an_argument(request_of, tmp_path):
    agent = StandIn(tmp_path, "gemini", FIXTURES / "gemini-stream-write.jsonl")
    reply = gemini.Gemini(agent.environment).run(request_of("secret"), lambda _event: None)

    assert reply.failure is None
    assert agent.call["stdin"] == "secret"
    assert "secret" not in " ".join(agent.call["argv"])
    assert agent.call["env"]["GEMINI_CLI_TRUST_WORKSPACE"] == "true"
    assert agent.call["env"]["GEMINI_CLI_NO_RELAUNCH"] == "true"


def test_its_release_is_that_of_its_package(request_of, tmp_path):
    package = {"version": "0.61.0", "bin": {"gemini": "bin/gemini"}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    agent = StandIn(tmp_path, "gemini", FIXTURES / "gemini-stream-write.jsonl")
    reply = gemini.Gemini(agent.environment).run(request_of(), lambda _event: None)

    assert reply.client_version == "0.61.0"


def settings_file(request, environment, machine=NOWHERE):
    """Folders of tests lie below /tmp, where everybody may write: as if they did not."""
    return gemini.settings_file(request, environment, machine, is_public=lambda _folder: False)


def test_a_private_file_keeps_gemini_from_deleting_conversations(request_of, tmp_path):
    path = settings_file(request_of(log_dir=tmp_path / "s" / "logs"), {})

    assert path.parent == tmp_path / "s" / "logs"
    assert json.loads(path.read_text())["general"]["sessionRetention"] == {"enabled": False}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_without_a_session_the_file_lies_in_the_cache(request_of, tmp_path):
    path = settings_file(request_of(), {"HOME": str(tmp_path)})

    assert path.parent == tmp_path / ".cache" / "ai-sessions"


def test_what_the_machine_sets_is_kept(request_of, tmp_path):
    machine = tmp_path / "system-defaults.json"
    machine.write_text('{"general": {"vimMode": true}, "tools": {"sandbox": "docker"}}')
    path = settings_file(request_of(), {"HOME": str(tmp_path)}, machine)

    settings = json.loads(path.read_text())
    assert settings["tools"] == {"sandbox": "docker"}
    assert settings["general"]["vimMode"] is True
    assert settings["general"]["sessionRetention"] == {"enabled": False}


@pytest.mark.parametrize("text", ["// a comment\n{}", "[1]"])
def test_settings_of_the_machine_that_we_cannot_read_stay_in_force(request_of, tmp_path, text):
    machine = tmp_path / "system-defaults.json"
    machine.write_text(text)

    assert settings_file(request_of(), {"HOME": str(tmp_path)}, machine) is None


def test_a_folder_below_one_that_everybody_may_write_to_is_no_place(request_of, tmp_path):
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(0o1777)

    assert gemini.settings_file(request_of(log_dir=public / "s"), {}, NOWHERE) is None
    assert not (public / "s").exists()


def test_the_users_own_settings_win(request_of, tmp_path):
    environment = {
        "GEMINI_CLI_SYSTEM_DEFAULTS_PATH": "/own.json",
        "GEMINI_CLI_TRUST_WORKSPACE": "false",
    }

    assert settings_file(request_of(log_dir=tmp_path), environment) is None
    made = gemini.child_environment(environment, tmp_path / "ours.json")
    assert made["GEMINI_CLI_SYSTEM_DEFAULTS_PATH"] == "/own.json"
    assert made["GEMINI_CLI_TRUST_WORKSPACE"] == "false"


def test_a_missing_gemini_says_what_to_do(request_of, tmp_path):
    with pytest.raises(ProviderError, match="not installed") as caught:
        gemini.Gemini({"PATH": str(tmp_path)}).run(request_of(), lambda _event: None)
    assert "@google/gemini-cli" in caught.value.hint
    assert "demo.sh" in caught.value.hint


TEXTS = json.loads((FIXTURES / "limit-texts.json").read_text(encoding="utf-8"))["gemini"]


@pytest.mark.parametrize("text", [text for text, _until in TEXTS])
@pytest.mark.parametrize("form", ["{}", "[API Error: {}]", '[API Error: {{"error":{}}}]'])
def test_every_wording_of_a_limit_is_one(request_of, text, form):
    inner = text if "{{" not in form else json.dumps({"code": 429, "message": text})
    message = form.format(inner)
    event = {"type": "result", "status": "error", "error": {"type": "unknown", "message": message}}
    failure = read([event], request_of(), process.Ended(173, "")).failure

    assert failure.status == "rate_limit"
    assert text.split(".")[0][:40] in failure.told.replace('\\"', '"')


def test_a_retry_that_names_a_limit_is_told(request_of):
    told = []
    stream = gemini.Stream(request_of(), told.append)
    stream.complain(
        "Attempt 1 failed: You have exhausted your capacity on this model. "
        "Your quota will reset after 5s.. Retrying after 6173ms..."
    )

    assert told[0].text.startswith("You have exhausted your capacity on this model.")


def test_accounts_are_told_apart_by_what_chooses_them():
    assert gemini.Gemini({}).account == ""
    assert gemini.Gemini({"GEMINI_API_KEY": "k"}).account
