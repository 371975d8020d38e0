"""Calls in Codex's rollouts: running totals taken apart, repeats and forks counted once."""

import bz2
import gzip
import json
import lzma
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.imports import codex, fresh
from ai_sessions.imports.contract import row_of
from ai_sessions.records import Usage


def _line(kind, payload, at="2026-11-21T02:20:31.195Z"):
    return json.dumps({"timestamp": at, "type": kind, "payload": payload})


def _tokens(input_tokens, output, cached=0):
    return {
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "output_tokens": output,
    }


def _meta(thread="t1", **more):
    about = {"id": thread, "cwd": "/src/shop", "cli_version": "0.30.0"}
    return _line("session_meta", about | more)


def _turn(turn="u1", model="gpt-5"):
    named = {"turn_id": turn} if turn else {}
    return _line("turn_context", {**named, "model": model, "cwd": "/src/shop"})


def _count(total, last=None, **more):
    info = {"total_token_usage": total, **({"last_token_usage": last} if last else {})}
    return _line("event_msg", {"type": "token_count", "info": info}, **more)


def _record(used, total=None, response="r1", **more):
    totals = {"thread_token_usage": total} if total else {}
    facts = {"response_id": response, "usage": used, **totals, **more}
    return _line("token_usage_record", facts)


def _usages(found):
    return [past.usage for past in found.calls]


def test_a_recorded_rollout_gives_its_two_calls(recorded, log):
    found = codex.read(log(recorded("codex-rollout.jsonl").rstrip("\n")), {})

    assert _usages(found) == [Usage(3100, 20, 3000, 0, 0, 5)] * 2
    assert found.bad == 0
    first = found.calls[0]
    assert first.id == "codex:resp_36e8de25724c453ba472"
    assert first.model == "gpt-6.1-sol"
    assert first.version == "0.169.0"
    assert first.branch == "master"
    assert first.session == "01a1fbe7-bd98-74e1-9df4-d91fdef184ba"


def test_a_running_total_is_taken_apart(log):
    path = log(_meta(), _turn(), _count(_tokens(100, 10)), _count(_tokens(350, 30, cached=90)))

    assert _usages(codex.read(path, {})) == [Usage(100, 10), Usage(250, 20, 90)]


def test_a_total_that_is_told_twice_is_one_call(log):
    path = log(_meta(), _turn(), *[_count(_tokens(100, 10), _tokens(100, 10))] * 3)

    assert len(codex.read(path, {}).calls) == 1


def test_the_total_is_remembered_until_the_next_look(log):
    path = log(_meta(), _turn(), _count(_tokens(100, 10)))
    first = codex.read(path, {})
    with path.open("a") as file:
        file.write(_count(_tokens(150, 11)) + "\n")
    second = codex.read(path, json.loads(json.dumps(first.state)))

    assert _usages(second) == [Usage(50, 1)]
    assert second.calls[0].model == "gpt-5"
    assert second.calls[0].session == "t1"


def test_each_turn_has_its_own_model(log):
    path = log(
        _meta(),
        _turn(model="gpt-5"),
        _count(_tokens(100, 10)),
        _turn("u2", model="gpt-5-mini"),
        _count(_tokens(200, 20)),
    )

    models = [past.model for past in codex.read(path, {}).calls]

    assert models == ["gpt-5", "gpt-5-mini"]


def test_a_thread_that_goes_on_from_another_counts_only_its_own_calls(log):
    path = log(_meta(), _turn(), _count(_tokens(9100, 910), last=_tokens(100, 10)))

    assert _usages(codex.read(path, {})) == [Usage(100, 10)]


def test_a_total_that_begins_again_is_not_subtracted(log):
    path = log(
        _meta(), _turn(), _count(_tokens(900, 90)), _count(_tokens(50, 5)), _count(_tokens(60, 7))
    )

    assert _usages(codex.read(path, {})) == [Usage(900, 90), Usage(50, 5), Usage(10, 2)]


def test_what_a_fork_repeats_is_counted_once(log):
    seen: set[str] = set()
    past = [_turn(), _count(_tokens(100, 10)), _count(_tokens(200, 20))]
    original = codex.read(log(_meta(), *past, name="a.jsonl"), {})
    more = [_turn("u2"), _count(_tokens(260, 21), at="2026-11-21T02:20:33.000Z")]
    fork = codex.read(log(_meta("t2"), _meta("t1"), *past, *more, name="b.jsonl"), {})

    found = list(fresh([*original.calls, *fork.calls], seen))

    assert [one.usage for one in found] == [Usage(100, 10)] * 2 + [Usage(60, 1)]
    assert found[-1].session == "t2"


START = "2026-11-21T02:30:00.000Z"
LATER = "2026-11-21T02:31:00.000Z"


@pytest.mark.parametrize("first", ["original", "fork"])
@pytest.mark.parametrize("metas", [1, 2], ids=["own line only", "both first lines"])
@pytest.mark.parametrize("repeats", ["nothing", "turns", "turns without ids", "tasks"])
def test_what_a_fork_repeats_is_counted_once_however_it_is_written(log, first, metas, repeats):
    counts = [_tokens(100, 10), _tokens(200, 20)]
    turn = {"nothing": (), "turns": (_turn(),), "turns without ids": (_turn(""),)}
    turn["tasks"] = (_line("event_msg", {"type": "task_started", "turn_id": "u1"}, at=START),)
    original = [_meta(), _turn(), *map(_count, counts)]
    heads = [_line("session_meta", {"id": "t2", "forked_from_id": "t1"}, at=START), _meta()]
    repeated = [*turn[repeats], *(_count(one, at=START) for one in counts)]
    own = [_turn("u2"), _count(_tokens(260, 21), at=LATER)]
    read = {
        "original": codex.read(log(*original, name="a.jsonl"), {}).calls,
        "fork": codex.read(log(*heads[:metas], *repeated, *own, name="b.jsonl"), {}).calls,
    }
    found = list(fresh([*read.pop(first), *read.popitem()[1]], set()))

    assert sorted(one.usage.input_tokens for one in found) == [60, 100, 100]
    assert {one.model for one in found} == {"gpt-5"}


def test_a_sub_agent_names_the_session_that_it_works_for(log):
    path = log(_meta("t2", session_id="t1"), _turn(), _count(_tokens(100, 10)))

    assert [past.session for past in codex.read(path, {}).calls] == ["t1"]


@pytest.mark.parametrize("total", [None, _tokens(10, 1)])
def test_a_record_and_its_repeat_are_one_call(log, total):
    used = _tokens(10, 1)
    path = log(_meta(), _turn(), _record(used, total), _count(used, used))

    assert _usages(codex.read(path, {})) == [Usage(10, 1)]


def test_records_without_totals_that_are_alike_are_calls_of_their_own(log):
    used = _tokens(10, 1)
    path = log(
        *(_meta(), _turn(), _record(used), _count(used, used)),
        *(_record(used, response="r2"), _count(_tokens(20, 2), used)),
    )

    assert _usages(codex.read(path, {})) == [Usage(10, 1)] * 2


@pytest.mark.parametrize(
    ("tier", "model"), [("priority", "gpt-5-priority"), ("default", "gpt-5"), (None, "gpt-5")]
)
def test_a_faster_service_is_a_model_of_its_own(log, tier, model):
    used = _tokens(10, 1)
    path = log(_meta(), _turn(), _record(used, used, service_tier=tier))

    assert [past.model for past in codex.read(path, {}).calls] == [model]


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "token_count", "info": None, "rate_limits": {}},
        {"type": "token_count"},
        {"type": "agent_message", "message": "token_count"},
    ],
)
def test_what_tells_of_no_tokens_is_no_call(log, payload):
    found = codex.read(log(_meta(), _line("event_msg", payload)), {})

    assert (found.calls, found.bad) == ((), 0)


@pytest.mark.parametrize("tokens", [_tokens("x", 1), _tokens(True, 1), _tokens(2**64, 1)])
def test_a_count_that_is_no_number_is_a_bad_line(log, tokens):
    found = codex.read(log(_meta(), _count(tokens), _count(_tokens(10, 1))), {})

    assert (len(found.calls), found.bad) == (1, 1)


def test_more_cached_than_went_in_is_all_of_it(log):
    tokens = {"input_tokens": 1000, "cached_input_tokens": 5000, "output_tokens": 100}
    (past,) = codex.read(log(_meta(), _count(tokens)), {}).calls

    assert past.usage == Usage(1000, 100, 1000)


def test_a_record_without_a_total_and_its_repeat_are_one_call(log):
    usage = _tokens(1000, 10)
    record = _line("token_usage_record", {"response_id": "r1", "usage": usage})
    later = _count(_tokens(1500, 30), _tokens(500, 20))

    found = codex.read(log(_meta(), record, _count(usage, usage), later), {})

    assert [past.usage.input_tokens for past in found.calls] == [1000, 500]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_rollout_is_read(log, tmp_path, pack):
    plain = log(_meta(), _count(_tokens(10, 1)))
    suffix = {gzip: ".gz", bz2: ".bz2", lzma: ".xz"}[sys.modules[pack.__module__]]
    packed = tmp_path / f"sessions/2026/rollout-1.jsonl{suffix}"
    packed.parent.mkdir(parents=True)
    packed.write_bytes(pack(plain.read_bytes()))

    found = codex.read(packed, {})

    assert list(codex.files({"CODEX_HOME": str(tmp_path)})) == [packed]
    assert found.calls == codex.read(plain, {}).calls
    assert codex.read(packed, found.state).calls == ()


@pytest.mark.skipif(not shutil.which("zstd"), reason="zstd is not installed")
def test_a_rollout_that_codex_packed_is_read(log):
    plain = log(_meta(), _count(_tokens(10, 1)))
    subprocess.run(["zstd", "-q", plain], check=True)

    assert len(codex.read(plain.with_name(f"{plain.name}.zst"), {}).calls) == 1


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_a_damaged_packed_rollout_is_an_error_of_the_system(tmp_path, suffix):
    path = tmp_path / f"rollout-1.jsonl{suffix}"
    path.write_bytes(b"not packed")

    with pytest.raises(OSError):
        codex.read(path, {})


def test_a_thread_without_its_first_lines_still_has_its_calls(log):
    (past,) = codex.read(log(_count(_tokens(10, 1))), {}).calls

    assert (past.session, past.model) == ("", "")


def test_logs_are_found_where_the_agent_keeps_them(log, tmp_path):
    path = log(_meta(), name=".codex/sessions/2026/11/21/rollout-1-t1.jsonl")
    old = log(_meta(), name="moved/archived_sessions/rollout-2-t2.jsonl")

    assert list(codex.files({"HOME": str(tmp_path)})) == [path]
    assert list(codex.files({"CODEX_HOME": str(tmp_path / "moved")})) == [old]


_COUNT = st.one_of(st.integers(0, 3), st.sampled_from([-1, 1.0, "7", None, True, 2**60]))
_TOTALS = st.one_of(st.none(), st.dictionaries(st.sampled_from(codex._COUNTS), _COUNT, max_size=5))
_WORDS = st.sampled_from(["", "t1", "t2", None, "priority", 'tok"en_count'])
_PAYLOADS = st.one_of(
    st.fixed_dictionaries({"id": _WORDS}, optional={"forked_from_id": _WORDS, "cwd": _WORDS}),
    st.fixed_dictionaries({"turn_id": _WORDS, "model": _WORDS}),
    st.fixed_dictionaries(
        {"usage": _TOTALS, "thread_token_usage": _TOTALS, "response_id": _WORDS},
        optional={"service_tier": _WORDS, "thread_id": _WORDS},
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["token_count", "task_started", "agent_message"])},
        optional={
            "turn_id": _WORDS,
            "info": st.one_of(
                st.none(),
                st.fixed_dictionaries({"total_token_usage": _TOTALS, "last_token_usage": _TOTALS}),
            ),
        },
    ),
    st.none(),
)
_ENTRIES = st.tuples(
    st.sampled_from(["2026-11-21T02:20:31.195Z", "2026-11-21T02:20:39Z", "", "late", 5]),
    st.sampled_from(
        ["session_meta", "turn_context", "token_usage_record", "event_msg", "response_item", "new"]
    ),
    _PAYLOADS,
    st.sampled_from(["tkp", "ktp", "pkt"]),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)


def _written(at, kind, payload, order, separators):
    parts = {"t": ("timestamp", at), "k": ("type", kind), "p": ("payload", payload)}
    return json.dumps(dict(parts[one] for one in order), separators=separators)


@given(entries=st.lists(_ENTRIES, max_size=12), cut=st.integers(0, 12))
def test_one_pass_finds_what_looking_at_each_line_does(entries, cut, tmp_path_factory):
    lines = [_written(*entry) for entry in entries]
    lines = [line for line in lines for _ in range(1 + len(line) % 2)]
    path = tmp_path_factory.mktemp("codex") / "rollout-1.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines[:cut]))
    first, quick = codex.read(path, {}), codex.scan(path, {})
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines[cut:])
    second, again = codex.read(path, first.state), codex.scan(path, quick.state)

    assert (quick.found, again.found) == (first, second)


_FULL = st.fixed_dictionaries(dict.fromkeys(codex._COUNTS, st.integers(0, 3)))
_NOT_SO_FULL = st.one_of(_FULL, _FULL, _FULL, _TOTALS)


@given(
    used=_NOT_SO_FULL,
    total=_NOT_SO_FULL,
    id_=st.sampled_from(["r1", "r1", "", None]),
    tier=st.sampled_from(["default", "priority"]),
    memory=st.sampled_from([{}, {"model": "gpt-5", "total": [1, 1, 1, 1, 1]}, {"forked": "x"}]),
)
def test_a_record_of_the_usual_form_gives_what_any_does(used, total, id_, tier, memory):
    payload = {"usage": used, "thread_token_usage": total, "response_id": id_, "service_tier": tier}
    entry = json.loads(_line("token_usage_record", payload))
    quick, slow = dict(memory), dict(memory)

    row = codex._usual(entry, quick)

    if row is None:
        assert quick == memory
    else:
        (call,) = codex.take(entry, slow)
        assert (row, quick) == (row_of(call)._replace(past=None), slow)


@given(
    total=_NOT_SO_FULL,
    last=_NOT_SO_FULL,
    memory=st.sampled_from(
        [
            {},
            {"model": "gpt-5", "total": [1, 1, 1, 1, 1]},
            {"total": [0, 0, 0, 0, 0], "recorded": [1, 0, 0, 1, 0]},
            {"forked": "2026-11-21T02:20:31.195Z"},
        ]
    ),
)
def test_a_count_of_the_usual_form_gives_what_any_does(total, last, memory):
    info = {"total_token_usage": total, "last_token_usage": last}
    entry = json.loads(_line("event_msg", {"type": "token_count", "info": info}))
    quick, slow = dict(memory), dict(memory)

    row = codex._usual(entry, quick)

    if row is None:
        assert quick == memory
    else:
        (call,) = codex.take(entry, slow)
        assert (row, quick) == (row_of(call)._replace(past=None), slow)


def test_a_count_behind_a_record_is_left_to_the_whole_reader(log):
    """What it tells may be the record's, under a total that has no other trace."""
    used = _tokens(10, 1)
    path = log(_meta(), _turn(), _record(used, None), _count(_tokens(20, 2), used))

    assert [row.counts for row in codex.scan(path, {}).rows] == [
        row_of(past).counts for past in codex.read(path, {}).calls
    ]
    assert _usages(codex.read(path, {})) == [Usage(10, 1)]
