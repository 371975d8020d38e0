"""Calls in Claude Code's transcripts, each counted once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.accounting import pricing
from ai_sessions.imports import claude, cost_of, fresh, logs
from ai_sessions.imports.contract import Found, row_of
from ai_sessions.records import Cost, Usage


def _line(message_id="msg_1", request="req_1", output=20, **changes):
    usage = {"input_tokens": 100, "cache_read_input_tokens": 3000, "output_tokens": output}
    message = {"id": message_id, "model": "claude-opus-4-1", "usage": usage}
    entry = {
        "type": "assistant",
        "message": message,
        "requestId": request,
        "timestamp": "2026-11-21T02:12:56.568Z",
        "sessionId": "c09a",
        "cwd": "/src/shop",
        "uuid": f"{message_id}-{output}",
    }
    return json.dumps({**entry, **changes})


def _usages(found: Found):
    return [past.usage for past in found.calls]


def test_a_recorded_transcript_gives_its_three_calls(recorded, log):
    found = claude.read(log(recorded("claude-transcript.jsonl").rstrip("\n")), {})

    assert _usages(found) == [Usage(3500, 20, 3000, 400)] * 3
    assert found.bad == 0
    first = found.calls[0]
    assert first.id == "claude:msg_4fd7bf1364ff42009d09:req_fake_0aa6fd0f53fc"
    assert first.model == "claude-sonnet-5-5"
    assert first.at == "2026-11-21T02:12:56.568Z"
    assert first.branch == "master"
    assert first.version == "2.1.329"
    assert first.session == "c09a9f51-b3e3-4a96-b080-806b1643f5e9"
    assert first.cost.nusd is None


def test_the_blocks_of_one_answer_are_one_call_and_the_last_is_complete(log):
    found = claude.read(log(_line(output=1), _line("msg_2"), _line(output=90)), {})

    assert {past.id: past.usage.output_tokens for past in found.calls} == {
        "claude:msg_1:req_1": 90,
        "claude:msg_2:req_1": 20,
    }


def test_what_an_answer_has_grown_since_the_last_look_is_a_call_of_its_own(log):
    path = log(_line(output=1), _line("msg_2", output=7))
    early = claude.read(path, {})
    with path.open("a") as file:
        file.write("\n".join((_line(output=90), _line("msg_2", output=7), _line("msg_3"), "")))

    late = claude.read(path, early.state)

    assert [past.before for past in late.calls] == [Usage(3100, 1, 3000), None, None]
    told = {past.id: past.usage for past in (*early.calls, *late.calls)}
    assert told == {
        "claude:msg_1:req_1": Usage(3100, 1, 3000),
        "claude:msg_1:req_1+90": Usage(0, 89),
        "claude:msg_2:req_1": Usage(3100, 7, 3000),
        "claude:msg_3:req_1": Usage(3100, 20, 3000),
    }
    assert claude.read(path, late.state).calls == ()


def test_an_answer_that_was_seen_too_early_costs_no_less(log):
    row = json.loads(_line(output=1))
    row["message"] |= {"model": "claude-sonnet-4-20250514"}
    row["message"]["usage"] = {"input_tokens": 300_000, "output_tokens": 1}
    path = log(json.dumps(row))
    early = claude.read(path, {})
    row["message"]["usage"]["output_tokens"] = 20_000
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
    late = claude.read(path, early.state)
    (whole,) = claude.read(path, {}).calls

    pieces = [cost_of(one, pricing.price_of).nusd for one in (*early.calls, *late.calls)]
    assert (len(pieces), sum(pieces)) == (2, cost_of(whole, pricing.price_of).nusd)


def test_an_advisor_is_a_call_of_another_model(log):
    row = json.loads(_line())
    row["message"]["usage"]["iterations"] = [
        {"type": "message", "input_tokens": 50, "output_tokens": 10},
        {"type": "advisor_message", "model": "opus", "input_tokens": 9, "output_tokens": 2},
        {"type": "compaction", "input_tokens": 7, "output_tokens": 1},
        "damaged",
    ]
    found = claude.read(log(json.dumps(row)), {}).calls

    assert [(one.key, one.usage.total_tokens) for one in found] == [
        ("msg_1:req_1", 3120),
        ("msg_1:req_1:1", 11),
        ("msg_1:req_1:2", 8),
    ]
    assert [one.model for one in found] == [found[0].model, "opus", found[0].model]


def test_web_searches_cost_beside_the_tokens(log):
    row = json.loads(_line())
    plain = claude.read(log(json.dumps(row)), {}).calls[0]
    row["message"]["usage"]["server_tool_use"] = {"web_search_requests": 20}
    (found,) = claude.read(log(json.dumps(row), name="b.jsonl"), {}).calls

    more = cost_of(found, pricing.price_of).nusd - cost_of(plain, pricing.price_of).nusd
    assert more == 200_000_000
    assert cost_of(found, lambda *_call: Cost()) == Cost()


def test_a_broken_last_line_does_not_hide_the_call_that_was_told_before(log):
    found = claude.read(log(_line(output=5), _line(timestamp="late")), {})

    assert ([usage.output_tokens for usage in _usages(found)], found.bad) == ([5], 1)


def test_a_faster_service_is_a_model_of_its_own(log):
    line = json.loads(_line())
    line["message"]["usage"]["speed"] = "fast"
    plain = json.loads(_line("msg_2"))
    plain["message"]["usage"]["speed"] = "standard"

    found = claude.read(log(json.dumps(line), json.dumps(plain)), {})

    models = [past.model for past in found.calls]
    assert models == ["claude-opus-4-1-fast", "claude-opus-4-1"]


def test_bytes_that_are_no_text_in_an_answer_do_not_lose_its_tokens(tmp_path):
    line = json.loads(_line())
    line["message"]["content"] = [{"type": "text", "text": "QQQ"}]
    path = tmp_path / "s.jsonl"
    path.write_bytes(json.dumps(line).encode().replace(b"QQQ", b"\xff\xfe\xc3") + b"\n")

    found = claude.read(path, {})

    assert (_usages(found), found.bad) == ([Usage(3100, 20, 3000)], 0)


def test_a_line_of_many_megabytes_is_one_line(log):
    line = json.loads(_line())
    line["message"]["content"] = "x" * (24 << 20)

    assert len(claude.read(log(json.dumps(line), _line("msg_2")), {}).calls) == 2


def test_a_call_that_two_transcripts_have_is_one_call(log):
    seen: set[str] = set()
    one = claude.read(log(_line(), name="a.jsonl"), {}).calls
    fork = claude.read(log(_line(sessionId="fork"), _line("msg_2"), name="b.jsonl"), {}).calls

    assert [past.id for past in fresh([*one, *fork], seen)] == [
        "claude:msg_1:req_1",
        "claude:msg_2:req_1",
    ]


def test_a_call_without_ids_of_its_own_is_known_by_its_line(log):
    line = json.loads(_line())
    del line["requestId"], line["message"]["id"]

    (past,) = claude.read(log(json.dumps(line)), {}).calls

    assert past.id == "claude:msg_1-20"


def test_writing_for_an_hour_is_told_apart(log):
    line = json.loads(_line())
    line["message"]["usage"].update(
        cache_creation_input_tokens=500,
        cache_creation={"ephemeral_1h_input_tokens": 300, "ephemeral_5m_input_tokens": 200},
        output_tokens_details={"thinking_tokens": 7},
    )

    assert _usages(claude.read(log(json.dumps(line)), {})) == [Usage(3600, 20, 3000, 500, 300, 7)]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
def test_json_may_have_spaces(log, separators):
    line = json.dumps(json.loads(_line()), separators=separators)

    assert len(claude.read(log(line), {}).calls) == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"user","message":{"role":"user","content":"assistant"}}',
        '{"type":"assistant","message":"assistant"}',
        '{"type":"assistant","message":{"model":"claude-opus-4-1"}}',
        '["assistant"]',
        _line().replace("claude-opus-4-1", "<synthetic>"),
    ],
)
def test_what_is_no_call_of_a_model_is_left_out(log, line):
    assert claude.read(log(line), {}).calls == ()


@pytest.mark.parametrize(
    "line",
    [
        _line()[:-9],
        _line(timestamp="yesterday"),
        _line(timestamp=None),
        _line(output="many"),
        _line(output=[20]),
        _line(output=2**63),
        _line(output=float("nan")),
        _line(output=True),
        '{"type":"assistant" \ud800}'.encode("utf-8", "surrogatepass").decode("latin-1"),
        '{"type":"assistant","message":{"model":"m","usage":{}}}',
    ],
)
def test_a_line_that_cannot_be_read_is_counted_and_the_others_are_read(log, line):
    found = claude.read(log(line, _line("msg_2")), {})

    assert (len(found.calls), found.bad) == (1, 1)


@pytest.mark.parametrize("count", [20.0, "20", " 20 "])
def test_a_count_that_another_server_writes_is_a_count(log, count):
    assert _usages(claude.read(log(_line(output=count)), {})) == [Usage(3100, 20, 3000)]


@pytest.mark.parametrize("count", [-423, -423.0, "-423", None])
def test_a_count_below_0_is_none(log, count):
    line = json.loads(_line())
    line["message"]["usage"]["input_tokens"] = count

    assert _usages(claude.read(log(json.dumps(line)), {})) == [Usage(3000, 20, 3000)]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\0" * 300, b"\0\xef\xbb\xbf"])
def test_a_byte_order_mark_or_nuls_before_a_line_do_not_lose_it(tmp_path, before):
    path = tmp_path / "log.jsonl"
    path.write_bytes(before + f"{_line()}\n{_line('msg_2')}\n".encode())

    found = claude.read(path, {})

    assert (len(found.calls), found.bad) == (2, 0)


def test_half_a_surrogate_pair_in_an_answer_does_not_lose_its_tokens(log):
    line = _line().replace('"claude-opus-4-1"', '"claude-opus-4-1", "content": "\\ud83d"')

    assert len(claude.read(log(line), {}).calls) == 1


@pytest.mark.parametrize(("dollars", "nusd"), [(0.0123, 12_300_000), (0, None), (None, None)])
def test_what_an_early_version_says_a_call_cost_is_its_cost(log, dollars, nusd):
    (past,) = claude.read(log(_line(costUSD=dollars)), {}).calls

    assert past.cost == (Cost(nusd, "client") if nusd else Cost())


def test_the_answers_that_an_aside_repeats_are_counted_once(log):
    log(_line("msg_1"), _line("msg_2", "req_2"), name="s1.jsonl")
    aside = log(
        *(_line(id_, f"req_9{id_}", isSidechain=True) for id_ in ("msg_1", "msg_2", "msg_3")),
        name="s1/subagents/agent-aside.jsonl",
    )

    assert [past.id for past in claude.read(aside, {}).calls] == ["claude:msg_3:req_9msg_3"]


def test_the_answers_of_a_sub_agent_count_without_its_conversation(log):
    agent = log(_line(isSidechain=True), name="s1/subagents/agent-1.jsonl")

    assert len(claude.read(agent, {}).calls) == 1


def _unfinished(**changes):
    line = json.loads(_line(**changes))
    line["message"]["stop_reason"] = None
    return json.dumps(line)


def test_an_answer_that_is_being_written_waits_for_its_end(log):
    path = log(_line("msg_0"), _unfinished(output=1))
    early = claude.scan(path, {})
    with path.open("a") as file:
        file.write(_line(output=90) + "\n")
    late = claude.scan(path, early.state)

    assert [row.id for row in early.rows] == ["claude:msg_0:req_1"]
    assert [(row.id, row.counts[1]) for row in late.rows] == [("claude:msg_1:req_1", 90)]


def test_an_answer_that_never_ends_counts_when_its_log_is_quiet(log):
    path = log(_unfinished(output=1))
    early = claude.scan(path, {})
    later = path.stat().st_mtime + 2 * logs.QUIET_S

    assert (len(early.rows), len(claude.read(path, {}).calls)) == (0, 1)
    late = claude.scan(path, early.state, later)
    assert [row.counts[1] for row in late.rows] == [1]
    assert claude.scan(path, late.state, later).rows == ()


@pytest.mark.parametrize("form", ["{0}/one, {0}/two", "{0}/one/projects,{0}/two/", "{0}/one,~/two"])
def test_several_folders_of_configuration_are_looked_in(log, tmp_path, form):
    found = [log(_line(), name=f"{name}/projects/-src/s.jsonl") for name in ("one", "two")]
    environment = {"CLAUDE_CONFIG_DIR": form.format(tmp_path), "HOME": str(tmp_path)}

    assert list(claude.files(environment)) == found


def test_a_folder_that_a_link_leads_to_is_looked_in_once(log, tmp_path):
    path = log(_line(), name=".claude/projects/-src/s.jsonl")
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/claude").symlink_to(tmp_path / ".claude")
    (path.parent / "again").symlink_to(path.parent)

    assert list(claude.files({"HOME": str(tmp_path)})) == [path]


_NUMBERS = st.one_of(
    st.integers(0, 9000), st.sampled_from([-1, 1.0, "7", None, True, 2**60, 2**63, 0.5])
)
_COUNTED = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens"),
    *("cache_creation_input_tokens", "hour", "thought"),
)
_FACTS = st.sampled_from(["", "s1", "/src/shop", None, 5])


@given(
    numbers=st.lists(_NUMBERS, min_size=6, max_size=6),
    facts=st.lists(_FACTS, min_size=4, max_size=4),
    more=st.dictionaries(
        st.sampled_from(["speed", "service_tier", "iterations", "server_tool_use", "other"]),
        st.sampled_from([None, "standard", "fast", "priority", [], {}, {"web_search_requests": 2}]),
    ),
    at=st.sampled_from(
        ["2026-11-21T02:12:56.568Z", "2026-02-30T02:12:56.568Z", "2026-11-21T02:12:56Z", None]
    ),
    entry_more=st.sampled_from([{}, {"costUSD": 0.5}, {"isSidechain": True}, {"costUSD": None}]),
)
def test_a_line_of_the_usual_form_gives_what_any_line_does(numbers, facts, more, at, entry_more):
    usage = dict(zip(_COUNTED, numbers, strict=True)) | more
    usage["cache_creation"] = {"ephemeral_1h_input_tokens": usage.pop("hour")}
    usage["output_tokens_details"] = {"thinking_tokens": usage.pop("thought")}
    names = ("sessionId", "cwd", "version", "gitBranch")
    entry = {
        "type": "assistant",
        "timestamp": at,
        "message": {"id": "m", "model": "claude-opus-4-1", "usage": usage},
        **dict(zip(names, facts, strict=True)),
        **entry_more,
    }
    row = claude._usual("m:r", entry)

    if row is not None:
        (call,) = claude._calls("m:r", entry)
        assert row == row_of(call)._replace(past=None)


def test_logs_are_found_where_the_agent_keeps_them(log, tmp_path):
    path = log(_line(), name=".claude/projects/-src-shop/c09a.jsonl")
    moved = log(_line(), name="moved/projects/-src-shop/agents/c09b.jsonl")

    assert list(claude.files({"HOME": str(tmp_path)})) == [path]
    assert list(claude.files({"CLAUDE_CONFIG_DIR": str(tmp_path / "moved")})) == [moved]
    assert list(claude.files({"HOME": str(tmp_path / "nobody")})) == []
