"""Calls in Codex's rollouts: running totals taken apart, repeats and forks counted once."""

import json

import pytest

from ai_sessions.imports import codex, fresh
from ai_sessions.records import Usage


def _line(kind, payload):
    return json.dumps({"timestamp": "2026-11-21T02:20:31.195Z", "type": kind, "payload": payload})


def _tokens(input_tokens, output, cached=0):
    return {
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "output_tokens": output,
    }


def _meta(thread="t1"):
    return _line("session_meta", {"id": thread, "cwd": "/src/shop", "cli_version": "0.30.0"})


def _turn(turn="u1", model="gpt-5"):
    return _line("turn_context", {"turn_id": turn, "model": model, "cwd": "/src/shop"})


def _count(total, last=None):
    info = {"total_token_usage": total, **({"last_token_usage": last} if last else {})}
    return _line("event_msg", {"type": "token_count", "info": info})


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
    more = [_turn("u2"), _count(_tokens(260, 21))]
    fork = codex.read(log(_meta("t2"), _meta("t1"), *past, *more, name="b.jsonl"), {})

    found = list(fresh([*original.calls, *fork.calls], seen))

    assert [one.usage for one in found] == [Usage(100, 10)] * 2 + [Usage(60, 1)]
    assert found[-1].session == "t2"


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


@pytest.mark.parametrize("tokens", [_tokens("1", 1), _tokens(-5, 1), _tokens(1.5, 1)])
def test_a_count_that_is_no_number_is_a_bad_line(log, tokens):
    found = codex.read(log(_meta(), _count(tokens), _count(_tokens(10, 1))), {})

    assert (len(found.calls), found.bad) == (1, 1)


def test_a_thread_without_its_first_lines_still_has_its_calls(log):
    (past,) = codex.read(log(_count(_tokens(10, 1))), {}).calls

    assert (past.session, past.model) == ("", "")


def test_logs_are_found_where_the_agent_keeps_them(log, tmp_path):
    path = log(_meta(), name=".codex/sessions/2026/11/21/rollout-1-t1.jsonl")
    old = log(_meta(), name="moved/archived_sessions/rollout-2-t2.jsonl")

    assert list(codex.files({"HOME": str(tmp_path)})) == [path]
    assert list(codex.files({"CODEX_HOME": str(tmp_path / "moved")})) == [old]
