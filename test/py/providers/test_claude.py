"""Claude Code: its recorded output is read to the token, and no output makes us fall over."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.accounting import pricing
from ai_sessions.dialogue.answers import question
from ai_sessions.errors import ProviderError
from ai_sessions.imports.contract import Past
from ai_sessions.providers import claude, process
from ai_sessions.providers.contract import Request
from ai_sessions.records import Cost, Resume, Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"

DONE = process.Ended(0, "")
FAILED = process.Ended(1, "")
SONNET = "claude-sonnet-5-5"
ROW = {
    "inputTokens": 100,
    "outputTokens": 20,
    "cacheReadInputTokens": 3000,
    "cacheCreationInputTokens": 400,
    "costUSD": 0.0017,
}
DOUBLE = {key: value * 2 for key, value in ROW.items()}
ONE_CALL = Usage(3500, 20, 3000, 400)


def read(lines, request, ended=DONE):
    stream = claude.Stream(request, lambda _event: None)
    for line in lines:
        stream.take(line if isinstance(line, str) else json.dumps(line))
    return stream.reply(ended)


def init(version="2.1.329", id_="id-1"):
    return {
        "type": "system",
        "subtype": "init",
        "session_id": id_,
        "model": SONNET,
        "claude_code_version": version,
    }


def result(id_="id-1", **more):
    return {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "session_id": id_,
        "result": "done",
        **more,
    }


def heard(lines, request):
    """The texts that are told while a run goes on, and whether each begins a message."""
    events = []
    stream = claude.Stream(request, events.append)
    for line in lines:
        stream.take(line if isinstance(line, str) else json.dumps(line))
    return stream, [(one.text, one.begins) for one in events if one.kind == "text"]


def test_an_answer_is_told_in_pieces_and_none_of_them_twice(recorded, request_of):
    stream, told = heard(recorded("claude-stream-pieces.jsonl"), request_of(streams=True))

    assert told == [
        ("Let me", True),
        (" look ", False),
        ("at it.", False),
        ("It is a sma", True),
        ("ll shop, no", False),
        ("thing more.", False),
    ]
    assert stream.reply(DONE).text == "It is a small shop, nothing more."


def test_what_was_said_when_it_was_stopped_is_the_answer(recorded, request_of):
    pieces = recorded("claude-stream-pieces.jsonl")
    begun = next(at for at, line in enumerate(pieces) if "ll shop, no" in line)
    stream, _told = heard(pieces[: begun + 1], request_of(streams=True))
    reply = stream.reply(process.Ended(143, "", cancelled=True))

    assert (reply.text, reply.failure.status) == ("It is a small shop, no", "interrupted")
    assert reply.usage.input_tokens == 2 * 3500
    assert reply.usage.estimated
    assert reply.cost is None


def test_without_pieces_each_text_is_told_whole(recorded, request_of):
    _stream, told = heard(recorded("claude-stream-write.jsonl"), request_of())

    assert told[0] == ("I will write it.", True)
    assert all(begins for _text, begins in told)


def test_what_a_sub_agent_says_is_no_part_of_the_answer(request_of):
    said = {"id": "m-1", "model": SONNET, "content": [{"type": "text", "text": "found it"}]}
    piece = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "fou"}}
    below = {"parent_tool_use_id": "toolu_1"}
    lines = [
        init(),
        {"type": "stream_event", "event": piece, **below},
        {"type": "assistant", "message": said, **below},
    ]
    stream, told = heard(lines, request_of(streams=True))

    assert told == []
    assert stream.reply(process.Ended(143, "", cancelled=True)).text == ""


def test_a_text_that_goes_on_after_its_pieces_is_told_to_its_end(request_of):
    def piece(text):
        delta = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}}
        return {"type": "stream_event", "event": delta}

    def whole(text):
        block = {"type": "text", "text": text}
        return {"type": "assistant", "message": {"id": "m", "model": SONNET, "content": [block]}}

    _stream, told = heard(
        [piece("One"), whole("One, two"), piece("A"), whole("B")], request_of(streams=True)
    )

    assert told == [("One", True), (", two", False), ("A", True), ("B", True)]


def test_pieces_are_asked_for_where_somebody_reads_along(request_of):
    assert "--include-partial-messages" in claude.argv(request_of(streams=True))
    assert "--include-partial-messages" not in claude.argv(request_of())


def test_a_recorded_edit_is_read_whole(recorded, request_of):
    reply = read(recorded("claude-stream-write.jsonl"), request_of())

    assert reply.failure is None
    assert reply.text == "Done, wrote hello.txt after 4 messages"
    assert reply.usage == Usage(7000, 40, 6000, 800)
    assert reply.cost == Cost(3_400_000, "client")
    assert (reply.model, reply.client_version) == (SONNET, "2.1.329")
    assert reply.resume.id == "f7092a51-fa21-45dc-b14c-5f8c2bbdf521"


def test_a_resumed_run_counts_only_its_own_tokens(request_of):
    text = (FIXTURES / "claude-stream-resumed-result.json").read_text()
    reply = read([init(), json.loads(text)], request_of())

    assert reply.usage == ONE_CALL
    assert reply.cost == Cost(1_700_000, "client")
    assert reply.resume.carry[SONNET]["inputTokens"] == 200


def test_without_its_own_figures_the_totals_before_are_subtracted(request_of):
    request = request_of(resume=Resume("id-1", carry={SONNET: ROW}))
    reply = read([init("2.1.300"), result(modelUsage={SONNET: DOUBLE})], request)

    assert reply.usage == ONE_CALL
    assert reply.cost == Cost(1_700_000, "client")


def test_an_older_release_reports_each_run_alone(request_of):
    request = request_of(resume=Resume("id-1", carry={SONNET: ROW}))
    reply = read([init("2.1.275"), result(modelUsage={SONNET: DOUBLE})], request)

    assert reply.usage == Usage(7000, 40, 6000, 800)


def test_totals_that_shrank_are_taken_as_they_are(request_of):
    request = request_of(resume=Resume("id-1", carry={SONNET: DOUBLE}))
    reply = read([init("2.1.300"), result(modelUsage={SONNET: ROW})], request)

    assert reply.usage == ONE_CALL


def test_a_model_the_conversation_used_before_but_not_now_costs_nothing(request_of):
    request = request_of(resume=Resume("id-1", carry={"opus": ROW}))
    reply = read([init("2.1.300"), result(modelUsage={"opus": ROW, SONNET: ROW})], request)

    assert reply.by_model == {}
    assert reply.usage == ONE_CALL


def test_a_guessed_cost_is_not_taken(request_of):
    row = {**ROW, "costBasis": "unknown"}
    reply = read([init(), result(modelUsage={"mystery": row})], request_of())

    assert reply.cost is None


def test_what_the_agent_was_not_allowed_to_do_is_told(request_of):
    text = (FIXTURES / "claude-permission-denied.json").read_text()

    assert read([init(), json.loads(text)], request_of()).denied == ("Write",)


@pytest.mark.parametrize("name", ["claude-stream-todowrite.jsonl", "claude-stream-tasks.jsonl"])
def test_the_agents_own_list_is_collected(recorded, request_of, name):
    todos = read(recorded(name), request_of()).todos

    assert [todo["text"] for todo in todos] == ["Write parser", "Add tests"]
    assert todos[0]["status"] == "completed"


def test_a_compaction_is_noticed(recorded, request_of):
    reply = read(recorded("claude-stream-compaction.jsonl"), request_of())

    assert reply.compacted
    assert reply.compaction == {"trigger": "auto", "before_tokens": 1052, "after_tokens": 5094}
    assert reply.summary.startswith("This session is being continued from a previous conversation")


def test_a_conversation_that_was_not_compacted_has_no_summary(recorded, request_of):
    reply = read(recorded("claude-stream-write.jsonl"), request_of())

    assert (reply.compacted, reply.compaction, reply.summary) == (False, {}, "")


def test_what_is_said_in_its_name_without_a_compaction_is_no_summary(request_of):
    told = {"type": "user", "isSynthetic": True, "message": {"content": [{"text": "go on"}]}}

    assert read([init(), told, result()], request_of()).summary == ""


def test_a_compaction_that_tells_nothing_is_one_all_the_same(request_of):
    boundary = {"type": "system", "subtype": "compact_boundary", "compact_metadata": None}
    reply = read([init(), boundary, result()], request_of())

    assert (reply.compacted, reply.compaction, reply.summary) == (True, {}, "")


def test_an_unknown_conversation_is_gone(request_of):
    text = (FIXTURES / "claude-stream-unknown-session.json").read_text()
    reply = read([json.loads(text)], request_of(resume=Resume("id-1")), FAILED)

    assert reply.failure.status == "session_gone"
    assert reply.usage == Usage()


@pytest.mark.parametrize(
    ("name", "status"),
    [("claude-max-budget.json", "budget"), ("claude-max-turns.json", "limit")],
)
def test_a_limit_of_its_own_is_a_limit(request_of, name, status):
    reply = read([init(), json.loads((FIXTURES / name).read_text())], request_of(), FAILED)

    assert reply.failure.status == status
    assert reply.usage.output_tokens > 0


CLASSES = {
    "auth-1s": "auth",
    "forbidden-1s": "auth",
    "rate_limit-1s": "rate_limit",
    "overloaded-1s": "overloaded",
    "server-1s": "server",
    "context-1s": "context_too_long",
    "not_found-1s": "model",
    "quota-1s": "billing",
    "bad_request-1s": "other",
    "reset-1": "network",
    "empty-1": "unreadable",
    "html-1": "unreadable",
    "refused-1": "network",
    "hang-t5": "network",
    "nokey": "auth",
}


def failures():
    lines = (FIXTURES / "claude-errors.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for line in lines if "assistant" in (case := json.loads(line))]


@pytest.mark.parametrize("case", failures(), ids=lambda case: case["case"])
def test_every_recorded_failure_is_told_from_the_others(case, request_of):
    lines = [
        *({"type": "system", "subtype": "api_retry", **retry} for retry in case["api_retry"]),
        *({"type": "assistant", **said} for said in case["assistant"]),
        *([{"type": "result", **case["result"]}] if case["result"] else []),
    ]
    ended = process.Ended(case["exit"], case["stderr"])
    failure = read(lines, request_of(), ended).failure

    assert failure.status == CLASSES[case["case"]]
    assert failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize("code", [0, 130, 143])
def test_an_end_without_a_result_is_an_interruption_whatever_the_exit_code(request_of, code):
    reply = read([init()], request_of(), process.Ended(code, ""))

    assert reply.failure.status == "interrupted"
    assert reply.resume.id == "id-1"


def test_a_stopped_run_still_counts_what_it_had_asked_for(recorded, request_of):
    events = [json.loads(line) for line in recorded("claude-stream-write.jsonl")][:-1]
    reply = read(events, request_of(), process.Ended(143, ""))

    assert reply.failure.status == "interrupted"
    assert reply.usage.estimated
    assert reply.usage.input_tokens == 7000, "two calls, each told once per block"
    assert 0 < reply.usage.output_tokens < 200
    assert reply.cost is None


def test_a_run_that_ended_well_is_not_estimated(recorded, request_of):
    assert not read(recorded("claude-stream-write.jsonl"), request_of()).usage.estimated


BACKGROUND = "claude-stream-background-agent.jsonl"


def test_what_worked_in_the_background_is_counted(recorded, request_of):
    reply = read(recorded(BACKGROUND), request_of())

    assert dict(reply.by_model) == {
        SONNET: Usage(20_000, 1_000, 15_000),
        "claude-haiku-5-5": Usage(53_000, 4_000, 3_000),
    }
    assert reply.cost == Cost(28_530_000, "client")
    assert reply.cost_by_model == {SONNET: 21_500_000, "claude-haiku-5-5": 7_030_000}
    assert (reply.failure, reply.text) == (None, '{"summary": "fine", "findings": []}')


def turns(*told, version="2.1.329", **more):
    """Results of one run whose turns used so many times `ROW`, and all turns so far."""
    so_far = 0
    for index, times in enumerate(told):
        so_far += times
        own = {"model_usage_since_last_result": scaled(times)} if version == "2.1.329" else {}
        totals = {"modelUsage": scaled(so_far), "num_turns": 1}
        yield result(result=f"answer {index}", **totals, **own, **more)


def scaled(times):
    return {SONNET: {key: value * times for key, value in ROW.items()}} if times else {}


@pytest.mark.parametrize("version", ["2.1.300", "2.1.329"])
@pytest.mark.parametrize("told", [(1,), (2, 1), (0, 3), (3, 0), (1, 1, 1)])
def test_all_turns_of_a_run_are_counted(request_of, told, version):
    reply = read([init(version), *turns(*told, version=version)], request_of())

    assert reply.usage == sum([ONE_CALL] * sum(told), Usage())
    assert reply.cost == Cost(1_700_000 * sum(told), "client")
    assert reply.resume.carry[SONNET]["inputTokens"] == 100 * sum(told)


def test_a_stop_at_its_budget_keeps_what_an_earlier_turn_told(request_of):
    stopped = result(is_error=True, subtype="error_max_budget_usd", num_turns=1, result=None)
    stopped |= {"model_usage_since_last_result": {}, "modelUsage": scaled(2)}
    reply = read([init(), *turns(2), stopped], request_of(), FAILED)

    assert (reply.failure.status, reply.cost) == ("budget", Cost(3_400_000, "client"))


def test_an_error_that_tells_of_no_turn_takes_nothing_away(request_of):
    usage = {"input_tokens": 0, "output_tokens": 0}
    error = result(is_error=True, num_turns=0, total_cost_usd=0, usage=usage, errors=["no stream"])
    reply = read([init(), *turns(1), error], request_of())

    assert (reply.failure, reply.text) == (None, "answer 0")
    assert reply.cost == Cost(1_700_000, "client")


def test_a_question_is_heard_whatever_is_said_after_it(request_of):
    told = [*turns(1, 1)]
    told[0]["result"] = "I read the plan.\nBLOCKED: which currency?"
    told[1]["result"] = "The background command has finished."

    assert question(read([init(), *told], request_of()).text) == "which currency?"


def test_what_a_turn_used_that_was_cut_off_is_added(request_of):
    said = {"id": "m-9", "model": SONNET, "content": [{"type": "text", "text": "hm"}]}
    said["usage"] = {"input_tokens": 7}
    reply = read(
        [init(), *turns(1), {"type": "assistant", "message": said}],
        request_of(),
        process.Ended(124, "", timed_out="30 s"),
    )

    assert reply.usage == ONE_CALL + Usage(7, 1, estimated=True)
    assert (reply.cost, reply.failure.status) == (None, "timeout")


def answer(id_, model=SONNET, **usage):
    said = {"id": id_, "model": model, "content": [{"type": "text", "text": "hm"}]}
    return {"type": "assistant", "message": {**said, "usage": usage}}


def past(id_, usage, model=SONNET):
    return Past("claude", f"{id_}:req", "2026-11-21T03:00:00.000Z", model, usage, session="id-1")


def read_with(calls, lines, request, ended):
    stream = claude.Stream(request, lambda _event: None, lambda id_: calls if id_ == "id-1" else [])
    for line in lines:
        stream.take(json.dumps(line))
    return stream.reply(ended)


@pytest.mark.parametrize(
    "ended", [process.Ended(124, "", timed_out="30 s"), process.Ended(143, "")]
)
def test_what_a_run_used_that_was_stopped_is_what_its_transcript_says(request_of, ended):
    calls = [
        past("m1", Usage(4000, 200, 3000)),
        past("m2", Usage(50_000, 9, 0), "claude-haiku-5-5"),
    ]
    reply = read_with(calls, [init(), answer("m1", input_tokens=1000)], request_of(), ended)

    each = [pricing.price_of(one.usage, one.model, datetime.now(UTC)).nusd for one in calls]
    assert reply.by_model == {one.model: one.usage for one in calls}
    assert (reply.cost.nusd, list(reply.cost_by_model.values())) == (sum(each), each)
    assert not reply.usage.estimated


def test_an_answer_that_its_transcript_lacks_is_estimated_and_costs_what_nobody_knows(request_of):
    calls = [past("m1", Usage(4000, 200, 3000))]
    lines = [init(), answer("m1", input_tokens=1000), answer("m2", input_tokens=7)]
    reply = read_with(calls, lines, request_of(), process.Ended(143, ""))

    assert reply.usage == Usage(4007, 201, 3000, estimated=True)
    assert reply.cost is None


def test_of_a_turn_that_was_cut_off_only_what_came_after_the_last_result_is_added(request_of):
    calls = [past("m1", Usage(4000, 200, 3000)), past("m2", Usage(10, 2))]
    lines = [init(), answer("m1"), *turns(1), answer("m2", input_tokens=7)]
    reply = read_with(calls, lines, request_of(), process.Ended(143, ""))

    assert reply.usage == ONE_CALL + Usage(10, 2)
    more = pricing.price_of(Usage(10, 2), SONNET, datetime.now(UTC)).nusd
    assert reply.cost.nusd == 1_700_000 + more


@pytest.mark.parametrize("carry", [{}, {SONNET: ROW}])
def test_where_only_totals_are_told_the_transcript_says_what_this_run_used(request_of, carry):
    """A person went on in the conversation since our last run, or what we carried over is lost."""
    calls = [past("m1", ONE_CALL)]
    request = request_of(resume=Resume("id-1", carry=carry))
    lines = [init("2.1.300"), *turns(5, version="2.1.300")]
    reply = read_with(calls, lines, request, DONE)

    assert reply.usage == ONE_CALL
    assert reply.cost == pricing.price_of(ONE_CALL, SONNET, datetime.now(UTC))
    assert reply.resume.carry[SONNET]["inputTokens"] == 500


def test_a_run_that_told_its_results_does_not_ask_its_transcript(recorded, request_of):
    def never(_id):
        raise AssertionError

    stream = claude.Stream(request_of(), lambda _event: None, never)
    for line in recorded(BACKGROUND):
        stream.take(line)
    assert stream.reply(DONE).cost == Cost(28_530_000, "client")


def test_it_has_not_said_all_while_something_works_in_the_background(request_of):
    stream = claude.Stream(request_of(), lambda _event: None)
    seen = []
    for tasks in ([{"task_id": "a"}], []):
        event = {"type": "system", "subtype": "background_tasks_changed", "tasks": tasks}
        for line in (event, *turns(1)):
            stream.take(json.dumps(line))
        seen.append(stream.has_said_all())

    assert seen == [False, True]


def test_totals_survive_a_run_that_reports_none(request_of):
    request = request_of(resume=Resume("id-1", carry={SONNET: ROW}))
    failed = read([init("2.1.300"), result(is_error=True, modelUsage={})], request, FAILED)
    stopped = read([init("2.1.300")], request, process.Ended(143, ""))

    assert failed.resume.carry == {SONNET: ROW}
    assert stopped.resume.carry == {SONNET: ROW}


def test_only_what_is_subtracted_later_is_carried(recorded, request_of):
    reply = read(recorded("claude-stream-write.jsonl"), request_of())

    assert "contextWindow" not in reply.resume.carry[SONNET]


def test_tokens_are_shown_while_it_works(recorded, request_of):
    seen = []
    stream = claude.Stream(request_of(), seen.append)
    for line in recorded("claude-stream-write.jsonl"):
        stream.take(line)

    told = [event.usage.input_tokens for event in seen if event.kind == "usage"]
    assert told == [3500, 7000, 7000]


def test_a_deleted_task_is_no_longer_listed(request_of):
    def use(name, **given):
        block = {"type": "tool_use", "name": name, "input": given}
        return {"type": "assistant", "message": {"content": [block]}}

    made = {"type": "user", "tool_use_result": {"task": {"id": "1", "subject": "x"}}}
    reply = read([made, use("TaskUpdate", taskId="1", status="deleted"), result()], request_of())

    assert reply.todos == ()


def test_success_in_name_only_is_no_success(request_of):
    reply = read([init(), result(is_error=True, result="Invalid API key")], request_of())

    assert reply.failure is not None


def test_an_empty_answer_is_no_answer(request_of):
    assert read([init(), result(result=" ")], request_of()).failure.status == "empty"


def test_a_clock_that_ran_out_is_a_timeout(request_of):
    reply = read([init()], request_of(), process.Ended(124, "", "took longer than 5 s"))

    assert reply.failure.status == "timeout"


@pytest.mark.parametrize("dollars", [-3, -1e-9, "free", True, float("nan")])
def test_a_cost_that_is_none_is_not_taken(request_of, dollars):
    row = {"inputTokens": 1, "outputTokens": 1, "costUSD": dollars}
    event = {"type": "result", "is_error": False, "result": "hi", "modelUsage": {"m": row}}

    assert read([init(), event], request_of()).cost is None


def test_an_answer_before_a_bad_end_is_not_taken_for_its_reason(request_of):
    event = {"type": "result", "is_error": False, "result": "All is well."}
    reply = read([init(), event], request_of(), process.Ended(3, ""))

    assert reply.failure.message == "it ended with exit code 3"


STREAMS = sorted(path.name for path in FIXTURES.glob("claude-stream-*.jsonl"))


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_stream_cut_anywhere_is_a_failure_and_never_an_exception(name, data):
    text = (FIXTURES / name).read_bytes()
    first = text.find(b'"type": "result"')  # of several results the first one is an answer
    end = len(text) - 1 if first < 0 else text.rfind(b"\n", 0, first)
    cut = data.draw(st.integers(0, end - 1))
    lines = text[:cut].decode("utf-8", "replace").splitlines()
    request = Request("hello", cwd=FIXTURES)

    assert read(lines, request).failure is not None


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "result", "usage", "modelUsage", "message", "content", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["system", "assistant", "user", "result"]),
)
def test_any_json_in_any_place_is_survived(value, kind):
    event = {
        "type": kind,
        "message": value,
        "modelUsage": value,
        "usage": value,
        "errors": value,
        "permission_denials": value,
    }
    reply = read([event, value], Request("hello", cwd=FIXTURES))

    assert reply.failure is not None


def test_the_first_call_begins_under_our_own_id(request_of):
    words = claude.argv(request_of(new_id="uuid-1", title="plan-x", model="opus", access="edit"))

    assert words[1:5] == ["-p", "--output-format", "stream-json", "--verbose"]
    assert words[words.index("--session-id") + 1] == "uuid-1"
    assert words[words.index("--permission-mode") + 1] == "acceptEdits"
    assert words[words.index("--model") + 1] == "opus"


def test_the_next_call_resumes_by_full_id(request_of):
    words = claude.argv(
        request_of(resume=Resume("id-1"), new_id="other", budget_nusd=1_500_000_000)
    )

    assert words[-2:] == ["--resume", "id-1"]
    assert words[words.index("--max-budget-usd") + 1] == "1.5"
    assert "--session-id" not in words


def test_a_reader_may_not_edit_whatever_the_users_settings_say(request_of):
    words = claude.argv(request_of(access="read"))

    assert words[words.index("--permission-mode") + 1] == "default"


def test_a_schema_is_asked_for(request_of):
    words = claude.argv(request_of(schema={"type": "object"}))

    assert words[words.index("--json-schema") + 1] == '{"type": "object"}'


def test_an_answer_that_never_fits_its_schema_is_unreadable(request_of):
    event = {**result(), "subtype": "error_max_structured_output_retries", "is_error": True}
    event["result"] = None

    assert read([init(), event], request_of(), FAILED).failure.status == "unreadable"


@pytest.mark.parametrize(
    ("prompt", "fed"), [("/cost", "\n/cost"), ("plan it", "plan it"), ("", "")]
)
def test_a_prompt_is_never_taken_as_a_command_of_the_agent(prompt, fed):
    assert claude.standard_input(prompt) == fed


def test_the_prompt_is_never_an_argument(request_of):
    assert "hello" not in claude.argv(request_of("hello"))


def test_a_missing_claude_says_what_to_do(request_of, tmp_path):
    with pytest.raises(ProviderError, match="not installed") as caught:
        claude.Claude({"PATH": str(tmp_path)}).run(request_of(), lambda _event: None)
    assert "demo.sh" in caught.value.hint


def test_the_users_own_settings_win_over_our_quiet_ones():
    made = claude.child_environment({"CLAUDE_CODE_MAX_RETRIES": "7", "CLAUDECODE": "1"})

    assert made["CLAUDE_CODE_MAX_RETRIES"] == "7"
    assert made["DISABLE_AUTOUPDATER"] == "1"
    assert "CLAUDECODE" not in made


TEXTS = json.loads((FIXTURES / "limit-texts.json").read_text(encoding="utf-8"))["claude"]
SYNTHETIC = {"model": "<synthetic>", "role": "assistant"}


def refused(text, **more):
    """What is printed for a call that a limit stops: its own words in place of an answer."""
    said = {**SYNTHETIC, "content": [{"type": "text", "text": text}]}
    return [{"type": "assistant", "message": said, **more}, result(result=text, modelUsage={})]


@pytest.mark.parametrize("text", [text for text, _until in TEXTS])
@pytest.mark.parametrize("is_error", [True, False])
def test_every_wording_of_a_limit_is_one(request_of, text, is_error):
    assistant, ended = refused(text, error="rate_limit")
    lines = [init(), assistant, {**ended, "is_error": is_error}]
    reply = read(lines, request_of(), process.Ended(int(is_error), ""))

    assert reply.failure.status == "rate_limit"
    assert reply.failure.told == text


@pytest.mark.parametrize("text", [text for text, _until in TEXTS[:-1]])
def test_an_older_release_says_it_in_words_alone(request_of, text):
    assert read([init(), *refused(text)], request_of()).failure.status == "rate_limit"


def test_an_answer_about_limits_is_an_answer(request_of):
    text = "You've hit your limit is what it says when the usage limit reached its end."
    said = {"model": SONNET, "content": [{"type": "text", "text": text}]}
    reply = read(
        [init(), {"type": "assistant", "message": said}, result(result=text)], request_of()
    )

    assert (reply.failure, reply.text) == (None, text)


def test_a_limit_that_it_got_over_or_that_a_helper_of_its_own_met_is_none(request_of):
    first, _ended = refused("You've hit your limit · resets 8pm", error="rate_limit")
    fine = {"type": "assistant", "message": {"model": SONNET, "content": []}}
    inner = {**first, "parent_tool_use_id": "toolu_1"}

    assert read([init(), first, fine, inner, result()], request_of()).failure is None


def test_the_event_of_a_limit_names_its_end_and_its_window(request_of):
    told = {"status": "rejected", "resetsAt": 1795881600, "rateLimitType": "five_hour"}
    event = {"type": "rate_limit_event", "rate_limit_info": told}
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    lines = [init(), event, *refused("You've hit your limit · resets 8pm", error="rate_limit")]
    failure = read(lines, request_of(now=lambda: now)).failure

    assert failure.until == datetime(2026, 11, 28, 16, tzinfo=UTC)
    assert failure.window == "five_hour"


@pytest.mark.parametrize(
    "told",
    [
        {"status": "allowed_warning", "resetsAt": 1795881600},
        {"status": "rejected"},
        {"status": "rejected", "resetsAt": "soon"},
        None,
    ],
)
def test_an_event_without_an_end_leaves_it_to_the_words(request_of, told):
    event = {"type": "rate_limit_event", "rate_limit_info": told}
    lines = [init(), event, *refused("You've hit your limit · resets 8pm", error="rate_limit")]
    failure = read(lines, request_of()).failure

    assert (failure.status, failure.until) == ("rate_limit", None)


def test_an_event_alone_is_no_failure(request_of):
    event = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected"}}

    assert read([init(), event, result()], request_of()).failure is None


def told_by(request_of, *said):
    """Use of each window after these events of a run that went well."""
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    events = [{"type": "rate_limit_event", "rate_limit_info": one} for one in said]
    reply = read([init(), *events, result()], request_of(now=lambda: now))
    return {one.rolling_s // 3600: one.used for one in reply.told}


def test_what_events_tell_of_a_subscription_goes_along_with_an_answer(request_of):
    windows = {"five_hour": {"utilization": 0.24, "resetsAt": 1795881600}}
    windows["seven_day"] = {"utilization": 0.13, "resetsAt": 1796166000}

    assert told_by(request_of, {"status": "allowed", "unifiedWindows": windows}) == {5: 24, 168: 13}


@pytest.mark.parametrize(("ends", "used"), [(1795881600, 24), (1795885200, None)])
def test_an_event_that_tells_less_leaves_what_is_known_of_the_same_window(request_of, ends, used):
    first = {"five_hour": {"utilization": 0.24, "resetsAt": 1795881600}}
    last = {"status": "allowed", "rateLimitType": "five_hour", "resetsAt": ends}

    assert told_by(request_of, {"unifiedWindows": first}, last) == {5: used}


def test_a_run_without_events_tells_of_no_limit(request_of):
    assert told_by(request_of) == {}


def test_a_server_that_is_busy_for_all_is_no_limit_of_the_plan(request_of):
    text = "API Error: Server is temporarily limiting requests (not your usage limit)"
    reply = read([init(), *refused(text, error="rate_limit")], request_of())

    assert reply.failure.status == "overloaded"


def test_accounts_are_told_apart_by_what_chooses_them():
    usual, other = claude.Claude({"PATH": "/bin"}), claude.Claude({"CLAUDE_CONFIG_DIR": "/x"})

    assert usual.account == ""
    assert other.account not in ("", claude.Claude({"ANTHROPIC_API_KEY": "k"}).account)


def test_an_answer_that_is_too_long_came_upon_a_limit_of_the_model(request_of):
    text = "API Error: Claude's response exceeded the 32000 output token maximum."
    reply = read([init(), result(is_error=True, result=text)], request_of(), FAILED)

    assert reply.failure.status == "limit"


def test_one_that_waits_for_a_limit_until_our_clock_ends_it_came_upon_a_limit(request_of):
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    retry = {"type": "system", "subtype": "api_retry", "error": "rate_limit"}
    retry["retry_delay_ms"] = 7_200_000
    late = process.Ended(124, "", "it said nothing for 600 s")
    failure = read([init(), retry], request_of(now=lambda: now), late).failure

    assert failure.status == "rate_limit"
    assert failure.message == "rate_limit (it kept trying: it said nothing for 600 s)"
    assert failure.until == now + timedelta(hours=2)


def test_one_that_got_over_its_troubles_and_hangs_took_too_long(request_of):
    retry = {"type": "system", "subtype": "api_retry", "error": "rate_limit"}
    fine = {"type": "assistant", "message": {"model": SONNET, "content": []}}
    late = process.Ended(124, "", "it said nothing for 600 s")

    assert read([init(), retry, fine], request_of(), late).failure.status == "timeout"
