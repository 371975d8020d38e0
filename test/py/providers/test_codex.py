"""Codex: a thread's running totals are taken apart, and every failure gets its class."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in import StandIn

from ai_sessions.accounting import pricing
from ai_sessions.errors import ProviderError
from ai_sessions.providers import codex, process
from ai_sessions.providers.contract import Request
from ai_sessions.records import Cost, Resume, Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"
DONE = process.Ended(0, "")
THREAD = "01a1fbe7-bd98-74e1-9df4-d91fdef184ba"
ONE_CALL = Usage(3100, 20, 3000, 0, 0, 5)
FIRST = {
    "input_tokens": 3100,
    "cached_input_tokens": 3000,
    "cache_write_input_tokens": 0,
    "output_tokens": 20,
    "reasoning_output_tokens": 5,
}
DOUBLE = {key: value * 2 for key, value in FIRST.items()}


def read(lines, request, ended=DONE):
    stream = codex.Stream(request, lambda _event: None)
    for line in lines:
        stream.take(line if isinstance(line, str) else json.dumps(line))
    return stream.reply(ended)


def test_a_first_run_is_read_whole(recorded, request_of):
    reply = read(recorded("codex-stream-first.jsonl"), request_of(model="gpt-6.1-sol"))

    assert reply.failure is None
    assert (reply.text, reply.model, reply.usage) == ("ok", "gpt-6.1-sol", ONE_CALL)
    assert reply.cost == pricing.price_of(ONE_CALL, "gpt-6.1-sol", datetime.now(UTC))
    assert (reply.resume.id, reply.resume.carry) == (THREAD, FIRST)


def test_a_resumed_run_counts_only_its_own_tokens(recorded, request_of):
    request = request_of(resume=Resume(THREAD, carry=FIRST))
    reply = read(recorded("codex-stream-resumed.jsonl"), request)

    assert reply.failure is None
    assert reply.usage == ONE_CALL
    assert (reply.resume.id, reply.resume.carry) == (THREAD, DOUBLE)


def test_totals_that_shrank_are_taken_as_they_are(recorded, request_of):
    request = request_of(resume=Resume(THREAD, carry=DOUBLE))

    assert read(recorded("codex-stream-first.jsonl"), request).usage == ONE_CALL


def test_another_thread_than_asked_is_told_and_counted_from_nothing(recorded, request_of):
    request = request_of(resume=Resume("another", carry=FIRST))
    reply = read(recorded("codex-stream-first.jsonl"), request)

    assert reply.resume.id == THREAD
    assert reply.usage == ONE_CALL


def test_a_failed_run_keeps_the_totals_for_the_next(request_of):
    lines = [
        {"type": "thread.started", "thread_id": THREAD},
        {"type": "turn.failed", "error": {"message": "rate limit exceeded"}},
    ]
    reply = read(lines, request_of(resume=Resume(THREAD, carry=FIRST)), process.Ended(1, ""))

    assert reply.usage == Usage()
    assert reply.resume.carry == FIRST


def test_an_edit_is_read_to_its_last_message(recorded, request_of):
    reply = read(recorded("codex-stream-write.jsonl"), request_of())

    assert reply.text == "Done after 13 messages"
    assert reply.usage == Usage(12400, 80, 12000, 0, 0, 20)


def test_its_own_list_is_collected(recorded, request_of):
    assert read(recorded("codex-stream-todo.jsonl"), request_of()).todos == (
        {"text": "A", "status": "completed"},
        {"text": "B", "status": "pending"},
    )


def test_a_declined_command_is_told(recorded, request_of):
    item = {"type": "command_execution", "command": "rm x", "status": "declined"}
    lines = [{"type": "item.completed", "item": item}, *recorded("codex-stream-first.jsonl")]

    assert read(lines, request_of()).denied == ("command_execution",)


CLASSES = {
    "auth": "auth",
    "forbidden": "auth",
    "rate_limit": "rate_limit",
    "overloaded": "overloaded",
    "server": "overloaded",
    "context": "context_too_long",
    "not_found": "model",
    "quota": "billing",
    "bad_request": "other",
    "rate_limit-instream": "rate_limit",
    "overloaded-instream": "overloaded",
    "reset-1": "network",
    "malformed-1": "network",
    "truncate-1": "network",
    "empty-1": "network",
    "html-1": "network",
    "refused-1": "network",
    "stall-idle5": "network",
    "incomplete": "limit",
    "nokey": "auth",
    "resume unknown uuid": "session_gone",
    "not a git repository": "other",
}


def failures():
    lines = (FIXTURES / "codex-errors.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for line in lines if (case := json.loads(line))["exit"]]


def test_every_recorded_failure_is_in_the_table():
    assert {case["case"] for case in failures()} == set(CLASSES)


@pytest.mark.parametrize("case", failures(), ids=lambda case: case["case"])
def test_every_recorded_failure_is_told_from_the_others(case, request_of):
    code = case["exit"] if case["exit"] > 0 else 128 - case["exit"]
    stderr = case.get("stderr", "")
    ended = process.Ended(code, "\n".join(stderr) if isinstance(stderr, list) else stderr)
    failure = read(case["stdout"], request_of(), ended).failure

    assert failure.status == CLASSES[case["case"]]
    assert failure.message
    assert failure.hint
    assert "\n" not in failure.message


def test_waiting_for_a_network_until_our_clock_ends_it_is_the_networks_fault(request_of):
    ended = process.Ended(124, "", "it took longer than 5 s")
    lines = [{"type": "error", "message": "Reconnecting... waiting for network (refused)"}]

    assert read(lines, request_of(), ended).failure.status == "network"
    assert read([], request_of(), ended).failure.status == "timeout"


@pytest.mark.parametrize("code", [0, 1, 130, 143])
def test_an_end_without_a_word_is_an_interruption_whatever_the_exit_code(request_of, code):
    stderr = "Reading prompt from stdin..."
    lines = [{"type": "thread.started", "thread_id": THREAD}, {"type": "turn.started"}]
    reply = read(lines, request_of(), process.Ended(code, stderr))

    assert reply.failure.status == "interrupted"
    assert reply.resume.id == THREAD


def test_an_error_it_got_over_is_none(recorded, request_of):
    first, *rest = recorded("codex-stream-first.jsonl")
    reply = read(
        [first, {"type": "error", "message": "Reconnecting... 1/5 (503)"}, *rest], request_of()
    )

    assert reply.failure is None


def test_an_empty_answer_is_no_answer(request_of):
    lines = [{"type": "turn.completed", "usage": FIRST}]

    assert read(lines, request_of()).failure.status == "empty"


STREAMS = sorted(path.name for path in FIXTURES.glob("codex-stream-*.jsonl"))


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_stream_cut_anywhere_is_a_failure_and_never_an_exception(name, data):
    text = (FIXTURES / name).read_bytes()
    cut = data.draw(st.integers(0, len(text) - 2))
    lines = text[:cut].decode("utf-8", "replace").splitlines()

    assert read(lines, Request("hello", cwd=FIXTURES)).failure is not None


KINDS = ["thread.started", "item.started", "item.completed", "error", "turn.failed"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "items", "status", "message", "input_tokens"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(KINDS))
def test_any_json_in_any_place_is_survived(value, kind):
    fields = dict.fromkeys(["item", "error", "message", "thread_id", "usage"], value)
    lines = [{"type": kind, **fields}, {"type": "turn.completed", **fields}, value]

    read(lines, Request("hello", cwd=FIXTURES))


def test_the_first_call_may_edit_only_when_asked_to(request_of, tmp_path):
    words = codex.argv(request_of(access="edit", model="gpt-6.1-sol", new_id="x", title="plan-x"))

    assert words[:3] == ["codex", "exec", "--json"]
    assert words[words.index("-s") + 1] == "workspace-write"
    assert words[words.index("-C") + 1] == str(tmp_path)
    assert words[words.index("-m") + 1] == "gpt-6.1-sol"
    assert "analytics.enabled=false" in words
    assert "check_for_update_on_startup=false" in words
    assert words[-1] == "-"
    assert "resume" not in words


def test_a_summary_is_written_in_a_folder_that_is_no_repository(request_of):
    assert "--skip-git-repo-check" in codex.argv(request_of(purpose="summary"))
    assert "--skip-git-repo-check" not in codex.argv(request_of(purpose="chat"))


def test_a_reader_resumes_by_full_id_with_its_sandbox_given_again(request_of):
    words = codex.argv(request_of(resume=Resume(THREAD)))

    assert words[-3:] == ["resume", THREAD, "-"]
    assert words[words.index("-s") + 1] == "read-only"
    assert words.index("-s") < words.index("resume")


def test_the_prompt_is_never_an_argument(request_of, tmp_path):
    agent = StandIn(tmp_path, "codex", FIXTURES / "codex-stream-first.jsonl")
    reply = codex.Codex(agent.environment).run(request_of("secret"), lambda _event: None)

    assert reply.failure is None
    assert agent.call["stdin"] == "secret"
    assert "secret" not in " ".join(agent.call["argv"])


@pytest.fixture
def logged(tmp_path):
    """A home with codex's own log of the recorded thread: two turns of one call each."""
    folder = tmp_path / ".codex" / "sessions" / "2026" / "11" / "21"
    folder.mkdir(parents=True)
    shutil.copy(
        FIXTURES / "codex-rollout.jsonl", folder / f"rollout-2026-11-21T02-20-31-{THREAD}.jsonl"
    )
    return tmp_path


def test_the_model_and_the_release_come_from_its_own_log(logged, request_of):
    agent = StandIn(logged, "codex", FIXTURES / "codex-stream-first.jsonl")
    reply = codex.Codex(agent.environment).run(request_of(), lambda _event: None)

    assert (reply.model, reply.client_version) == ("gpt-6.1-sol", "0.169.0")
    assert reply.resume.model == "gpt-6.1-sol"


def test_a_thread_that_was_cut_off_has_its_totals_in_its_log(logged, request_of):
    said = json.dumps({"type": "thread.started", "thread_id": THREAD})
    more = {key: value * 3 for key, value in FIRST.items()}
    lines = logged / "third.jsonl"
    lines.write_text(said + "\n" + json.dumps({"type": "turn.completed", "usage": more}))
    agent = StandIn(logged, "codex", lines)
    request = request_of(resume=Resume(THREAD))
    reply = codex.Codex(agent.environment).run(request, lambda _event: None)

    assert reply.usage == ONE_CALL


def test_what_a_person_said_in_its_own_window_is_not_counted_again(logged, request_of):
    """We left the thread after its first call; its log has a second one that we did not make."""
    third = {key: value * 3 for key, value in FIRST.items()}
    lines = [{"type": "thread.started", "thread_id": THREAD}]
    lines.append({"type": "item.completed", "item": {"type": "agent_message", "text": "ok"}})
    lines.append({"type": "turn.completed", "usage": third})
    stream = logged / "third.jsonl"
    stream.write_text("\n".join(map(json.dumps, lines)))
    request = request_of(resume=Resume(THREAD, carry=FIRST))
    reply = codex.Codex(StandIn(logged, "codex", stream).environment).run(request, lambda _e: None)

    assert (reply.usage, reply.resume.carry) == (ONE_CALL, third)


def test_a_thread_whose_log_is_lost_is_known_by_what_was_carried(recorded, request_of):
    request = request_of(resume=Resume(THREAD, carry=FIRST))

    assert codex.Codex({"HOME": "/nonexistent"})._before(request) == FIRST


def THEN():  # noqa: N802 (a clock)
    """Before the recorded log."""
    return datetime(2026, 11, 21, tzinfo=UTC)


def test_a_run_that_never_came_to_its_end_is_counted_from_its_log(logged, request_of):
    lines = logged / "begun.jsonl"
    lines.write_text(json.dumps({"type": "thread.started", "thread_id": THREAD}))
    agent = StandIn(logged, "codex", lines)
    reply = codex.Codex(agent.environment).run(request_of(now=THEN), lambda _event: None)

    assert reply.failure.status == "interrupted"
    assert reply.usage == ONE_CALL + ONE_CALL
    assert reply.resume.carry == DOUBLE, "so the next run does not count it again"


def test_a_run_that_has_cost_all_it_may_is_stopped_and_counted(logged, request_of):
    lines = logged / "begun.jsonl"
    lines.write_text(json.dumps({"type": "thread.started", "thread_id": THREAD}) + "\n")
    agent = StandIn(logged, "codex", lines, hangs=True)
    request = request_of(budget_nusd=1, timeout_s=30.0, now=THEN)
    reply = codex.Codex(agent.environment).run(request, lambda _event: None)

    assert reply.failure.status == "budget"
    assert "might cost $0.0000" in reply.failure.message
    assert reply.usage == ONE_CALL + ONE_CALL


def test_a_missing_codex_says_what_to_do(request_of, tmp_path):
    with pytest.raises(ProviderError, match="not installed") as caught:
        codex.Codex({"PATH": str(tmp_path)}).run(request_of(), lambda _event: None)
    assert "@openai/codex" in caught.value.hint
    assert "demo.sh" in caught.value.hint


def test_what_a_run_may_cost_is_measured_by_the_users_own_prices(logged, request_of):
    """Its model is free for this user, so nothing stops it but its clock."""
    lines = logged / "begun.jsonl"
    lines.write_text(json.dumps({"type": "thread.started", "thread_id": THREAD}) + "\n")
    agent = StandIn(logged, "codex", lines)
    request = request_of(budget_nusd=1, price_of=lambda *_call: Cost(0, "prices:user"))
    reply = codex.Codex(agent.environment).run(request, lambda _event: None)

    assert reply.failure.status == "interrupted"


TEXTS = json.loads((FIXTURES / "limit-texts.json").read_text(encoding="utf-8"))["codex"]


@pytest.mark.parametrize("text", [text for text, _until in TEXTS])
def test_every_wording_of_a_limit_is_one(request_of, text):
    lines = [
        {"type": "error", "message": text},
        {"type": "turn.failed", "error": {"message": text}},
    ]
    failure = read(lines, request_of(), process.Ended(1, "")).failure

    assert (failure.status, failure.told) == ("rate_limit", text)


def test_accounts_are_told_apart_by_what_chooses_them():
    assert codex.Codex({}).account == ""
    assert codex.Codex({"CODEX_HOME": "/a"}).account != codex.Codex({"CODEX_HOME": "/b"}).account


def test_the_end_of_a_limit_comes_from_the_log_of_the_thread(request_of, tmp_path):
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    told = {"used_percent": 100, "window_minutes": 300, "resets_at": now.timestamp() + 3600}
    payload = {"type": "token_count", "rate_limits": {"primary": told}}
    log = tmp_path / "codex" / "sessions" / "2026" / "11" / "28" / f"rollout-x-{THREAD}.jsonl"
    log.parent.mkdir(parents=True)
    event = {"timestamp": "2026-11-28T12:50:01Z", "type": "event_msg", "payload": payload}
    log.write_text(json.dumps(event) + "\n")
    says = tmp_path / "says"
    message = "You've hit your usage limit. Try again later."
    lines = [
        {"type": "thread.started", "thread_id": THREAD},
        {"type": "turn.failed", "error": {"message": message}},
    ]
    says.write_text("".join(json.dumps(line) + "\n" for line in lines))
    environment = {**StandIn(tmp_path, "codex", says).environment}
    environment["CODEX_HOME"] = str(tmp_path / "codex")
    reply = codex.Codex(environment).run(request_of(now=lambda: now), lambda _event: None)

    assert (reply.failure.status, reply.failure.window) == ("rate_limit", "five_hour")
    assert reply.failure.until == now + timedelta(hours=1)
    assert [(one.used, one.rolling_s, one.origin) for one in reply.told] == [(100, 18_000, "log")]
