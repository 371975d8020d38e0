"""Every way to read a log gives the same calls: the compiled scan, the readers for lines of the
usual form, and the chain that reads any line.
"""

import contextlib
import json
import os
import sqlite3
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.compiled import build
from ai_sessions.compiled.calls import table
from ai_sessions.imports import SOURCES
from ai_sessions.imports.contract import past_of

#: A log that nobody writes to any more was last written to then.
QUIET = 1_700_000_000

COUNTS = st.one_of(
    st.integers(0, 90_000),
    st.sampled_from([2**36 - 1, 2**36, 2**53, 2**63, -1, 1.5, "12", None]),
)
TEXTS = st.sampled_from(
    ["", "s1", "/src/shöp", 'a"b', "back\\slash", "\ud800", "x" * 5000, None, 5]
)
GOOD_TIMES = st.sampled_from(["2026-11-21T02:12:56.568Z", "2028-02-29T23:59:59.999Z"])
TIMES = st.sampled_from(
    [
        *("2026-02-30T02:12:56.568Z", "2026-11-21T02:12:56Z", "2026-11-21T02:12:56.568+01:00"),
        *("0999-01-01T00:00:00.000Z", "2026-11-21T24:00:00.000Z", None),
    ]
)
CONTENT = st.sampled_from(
    [
        [],
        [{"type": "text", "text": 'assistant "usage": {"id":"m9","requestId":"r9"} \\ é\t'}],
        [{"a": [{"b": [[[]]]}], "n": -1.5, "t": True, "z": None}],
        *("x" * 70, "y" * 500),
    ]
)


def _some(choices: dict[str, st.SearchStrategy], most: int = 2) -> st.SearchStrategy:
    """Now and then a few of the members that an object may have beside the usual ones."""
    pairs = [st.tuples(st.just(name), values) for name, values in choices.items()]
    return rarely(st.lists(st.one_of(pairs), max_size=most).map(dict), st.just({}))


def rarely(odd: st.SearchStrategy, usual: st.SearchStrategy) -> st.SearchStrategy:
    return st.integers(0, 15).flatmap(lambda number: odd if number == 7 else usual)


MORE_USAGE = _some(
    {
        **dict.fromkeys(["input_tokens", "output_tokens", "cache_read_input_tokens"], COUNTS),
        "cache_creation_input_tokens": COUNTS,
        "cache_creation": st.one_of(
            st.none(), _some({"ephemeral_1h_input_tokens": COUNTS, "other": COUNTS})
        ),
        "output_tokens_details": st.one_of(st.just([]), _some({"thinking_tokens": COUNTS})),
        "server_tool_use": st.sampled_from([None, 0, {}, {"web_search_requests": 0}, {"a": 2}]),
        "service_tier": st.sampled_from(["standard", "priority", None]),
        "speed": st.sampled_from(["standard", "fast", None]),
        "iterations": st.sampled_from([None, [], [{"type": "message"}], [{"input_tokens": 5}]]),
        "inference_geo": CONTENT,
        "later": st.just(1),
    }
)
MORE_MESSAGE = _some(
    {
        "id": st.sampled_from(["m1", "m2", "", "é", None]),
        "model": st.sampled_from(["claude-opus-4-1", "<synthetic>", "", None, "a\nb"]),
        "stop_reason": st.sampled_from([None, "end_turn"]),
        "usage": st.sampled_from([None, [], {}]),
    }
)
MORE_ENTRY = _some(
    {
        **dict.fromkeys(["sessionId", "cwd", "version", "gitBranch", "requestId"], TEXTS),
        "timestamp": TIMES,
        "isSidechain": st.booleans(),
        "costUSD": st.sampled_from([0.5, 0, None]),
        "type": st.sampled_from(["user", "progress", "assistant", None, 'a"']),
        "uuid": st.just("u1"),
    },
    3,
)


def _dumped(entry: dict, style: int) -> bytes:
    separators = ((",", ":"), (", ", ": "), (" , ", "\t:\r"))[style % 3]
    return json.dumps(entry, separators=separators, ensure_ascii=style < 3).encode(
        "utf-8", "surrogatepass"
    )


@st.composite
def _answers(draw: st.DrawFn) -> bytes:
    number = draw(st.integers(1, 4))
    usage = {"input_tokens": draw(st.integers(0, 9)), "output_tokens": number}
    message = {
        "id": f"m{number}",
        "model": "claude-opus-4-1",
        "content": draw(rarely(st.sampled_from([1e300, 10**30]), CONTENT)),
        "stop_reason": draw(st.sampled_from(["end_turn", None])),
        "usage": {**usage, **draw(MORE_USAGE)},
    }
    entry = {
        "type": "assistant",
        "timestamp": draw(rarely(TIMES, GOOD_TIMES)),
        "sessionId": "s1",
        "cwd": "/src/shop",
        "requestId": f"r{number % 3}",
        "message": {**message, **draw(MORE_MESSAGE)},
    }
    return _dumped({**entry, **draw(MORE_ENTRY)}, draw(st.integers(0, 5)))


def _damaged(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """The same, now and then cut, with other bytes in them, or with something said twice."""
    cuts = st.integers(0, 2000)
    bits = st.sampled_from(
        [
            *(b"", b"\0", b"\xff", b"\xed\xa0\x80", b'"', b"\\", b"{", b"}", b",", b"\r"),
            *(b'"usage":{},', b'"\\u0069d":"m8",', b"\xef\xbb\xbf", b" ", b"e5", b"0"),
            *(b"-", b"[[[", b"nul"),
        ]
    )

    def put(line: bytes, at: int, bit: bytes, drop: int) -> bytes:
        at %= len(line) + 1
        return line[:at] + bit + line[at + drop :]

    damaged = st.builds(put, lines, cuts, bits, st.sampled_from([0, 0, 1, 9999]))
    return rarely(damaged, lines)


def logs_of(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Lines, some of them twice; the last may lack its newline."""
    some = st.lists(st.tuples(_damaged(lines), st.integers(1, 2)), max_size=6)
    joined = some.map(lambda found: b"".join((line + b"\n") * many for line, many in found))
    return st.builds(lambda text, cut: text[: len(text) - cut], joined, st.integers(0, 1))


def ways(name: str, stack: ExitStack) -> dict:
    """The ways to read an agent's logs, as functions of a path and a state."""
    source = SOURCES[name]
    calls = table()
    patch = stack.enter_context(pytest.MonkeyPatch.context())

    def chained(path, state):
        with patch.context() as inner:
            inner.setattr(f"ai_sessions.imports.{name}._usual", lambda *_words: None)
            return source.scan(path, state)

    return {
        "compiled": lambda path, state: source.rows(path, state, calls),
        "usual": source.scan,
        "chain": chained,
    }


@pytest.fixture(scope="module", autouse=True)
def compiled():
    if not build.build(os.environ):
        pytest.skip("no C compiler (cc) here: the compiled scan cannot be compared")


def looks(name: str, text: bytes, cut: int, *, busy: bool = False, log: str = "x.jsonl") -> dict:
    """What each way finds in a part of a log and then in all of it; `busy`: somebody writes it."""
    at = int(time.time()) if busy else QUIET
    with TemporaryDirectory() as folder, ExitStack() as stack:
        found = {}
        for way, scan in ways(name, stack).items():
            path = Path(folder, way, log)
            path.parent.mkdir(parents=True)
            path.write_bytes(text[: cut % (len(text) + 1)])
            os.utime(path, (at, at))
            first = scan(path, {})
            with path.open("ab") as file:
                file.write(text[cut % (len(text) + 1) :])
            os.utime(path, (at, at + 1))
            second = scan(path, first.state)
            found[way] = [_told(first), _told(second)]
        return found


def _told(scanned) -> tuple:
    left = {key: value for key, value in scanned.state.items() if key != "inode"}
    return [past_of(row) for row in scanned.rows], scanned.bad, left


@given(text=logs_of(_answers()), cut=st.integers(0, 5000), busy=st.booleans())
def test_every_way_finds_the_same_in_transcripts_of_claude(text, cut, busy):
    found = looks("claude", text, cut, busy=busy)

    assert found["compiled"] == found["usual"]
    assert found["usual"] == found["chain"]


_KINDS = (
    *("input_tokens", "cached_input_tokens", "cache_write_input_tokens"),
    *("output_tokens", "reasoning_output_tokens"),
)
MORE_COUNTS = _some(dict.fromkeys([*_KINDS, "total_tokens"], COUNTS))
MORE_PAYLOAD = _some(
    {
        **dict.fromkeys(["response_id", "thread_id", "service_tier", "type"], TEXTS),
        "service_tier": st.just("priority"),
        "usage": st.sampled_from([None, {}, []]),
        "thread_token_usage": st.sampled_from([None, {}]),
        "info": st.sampled_from([None, {}]),
        "later": CONTENT,
    }
)
FACTS = _some({**dict.fromkeys(["id", "cwd", "model", "turn_id", "cli_version"], TEXTS)})


@st.composite
def _rollouts(draw: st.DrawFn) -> bytes:
    """Sessions, turns, records and counts with a running total; now and then without records."""
    total, lines = [0] * 5, []
    has_records = draw(st.booleans())

    def add(kind: str, payload: dict, event: str = "") -> None:
        at = draw(rarely(TIMES, GOOD_TIMES))
        entry = {"timestamp": at, "type": "event_msg" if event else kind}
        entry["payload"] = {**({"type": event} if event else {}), **payload}
        line = draw(_damaged(st.just(_dumped(entry, draw(rarely(st.integers(0, 5), st.just(0)))))))
        lines.extend([line] * draw(rarely(st.just(2), st.just(1))))

    meta = {"id": "t1", "cwd": "/src/shop", "git": {"branch": "main"}, "cli_version": "0.1"}
    add("session_meta", {**meta, **draw(FACTS)})
    for number in range(draw(st.integers(0, 5))):
        add("turn_context", {"turn_id": "u1", "model": "gpt-5", **draw(FACTS)})
        used = dict(
            zip(_KINDS, draw(st.lists(st.integers(0, 9), min_size=5, max_size=5)), strict=True)
        )
        used |= draw(MORE_COUNTS)
        plain = [used[kind] if type(used.get(kind)) is int else 0 for kind in _KINDS]
        total = [then + now for then, now in zip(total, plain, strict=True)]
        total = draw(rarely(st.just([1, 1, 1, 1, 1]), st.just(total)))
        summed = {**dict(zip(_KINDS, total, strict=True)), **draw(MORE_COUNTS)}
        record = {"response_id": f"r{number}", "thread_id": "t1", "usage": used}
        if has_records:
            add(
                "token_usage_record", {**record, "thread_token_usage": summed, **draw(MORE_PAYLOAD)}
            )
        add("response_item", {"content": draw(CONTENT)})
        add(
            "", {"message": "token_count"}, draw(st.sampled_from(["agent_message", "task_started"]))
        )
        told = {
            "total_token_usage": summed,
            "last_token_usage": draw(rarely(st.just({}), st.just(used))),
        }
        add("", {"info": told, "rate_limits": None, **draw(MORE_PAYLOAD)}, "token_count")
        if draw(rarely(st.just(True), st.just(False))):
            add("session_meta", {"id": draw(st.sampled_from(["t1", "t0"]))})
    return b"\n".join([*lines, b""])


@given(text=_rollouts(), cut=st.integers(0, 9000))
def test_every_way_finds_the_same_in_rollouts_of_codex(text, cut):
    found = looks("codex", text, cut)

    assert found["compiled"] == found["usual"]
    assert found["usual"] == found["chain"]


MORE_TOKENS = _some(dict.fromkeys(["input", "tool", "output", "cached", "thoughts"], COUNTS))


@st.composite
def _chat_lines(draw: st.DrawFn) -> bytes:
    number = draw(st.integers(1, 4))
    tokens = {"input": 90, "output": number, "cached": 50, "thoughts": 3, **draw(MORE_TOKENS)}
    message = {
        "id": f"g{number}",
        "timestamp": draw(rarely(TIMES, GOOD_TIMES)),
        "type": "gemini",
        "content": draw(CONTENT),
        "tokens": tokens,
        "model": "gemini-2.5-pro",
        **draw(
            _some(
                {
                    "tokens": st.sampled_from([None, {}, 5]),
                    **dict.fromkeys(["id", "model", "type"], TEXTS),
                    "type": st.sampled_from(["user", "gemini"]),
                    "sessionId": TEXTS,
                }
            )
        ),
    }
    others = [
        {"sessionId": f"s{number}", "kind": "main"},
        {"id": "u", "type": "user", "content": "how many tokens?"},
        {"$set": {"lastUpdated": "x", "messages": [{"id": "g1", "type": "gemini"}]}},
        {"$set": {"messages": [message]}},
    ]
    entry = draw(rarely(st.sampled_from(others), st.just(message)))
    return _dumped(entry, draw(st.integers(0, 5)))


@given(
    text=logs_of(_chat_lines()),
    cut=st.integers(0, 5000),
    log=st.sampled_from(["chats/session-1.jsonl", "chats/main/sub.jsonl"]),
)
def test_every_way_finds_the_same_in_chats_of_gemini(text, cut, log):
    found = looks("gemini", text, cut, log=f".gemini/tmp/shop/{log}")

    assert found["compiled"] == found["usual"]
    assert found["usual"] == found["chain"]


@st.composite
def _messages(draw: st.DrawFn) -> tuple[object, object, str]:
    """When a message was written, what it says, and its session."""
    ended = 1_795_229_486_651 + draw(st.integers(0, 10**11))
    tokens = {
        **dict.fromkeys(["input", "output", "reasoning"], draw(st.integers(0, 90))),
        "cache": {"read": 5, "write": 6, **draw(_some(dict.fromkeys(["read", "write"], COUNTS)))},
        **draw(_some(dict.fromkeys(["input", "output", "reasoning", "total"], COUNTS))),
    }
    info = {
        "role": draw(rarely(TEXTS, st.just("assistant"))),
        "cost": draw(st.one_of(st.sampled_from([0, 0.0, 1e-7]), st.floats(0, 3).map(_short))),
        "tokens": tokens,
        "providerID": "anthropic",
        "modelID": "claude-sonnet-4-5",
        "time": {"created": ended - 4000, "completed": ended},
        "path": {"cwd": "/src/wiki"},
        **draw(
            _some(
                {
                    "tokens": st.sampled_from([None, {}, 5, {"cache": None}]),
                    "time": st.sampled_from([None, {}, {"completed": 5}, {"created": 5}]),
                    "cost": st.sampled_from([None, False, True, -1, 10**9, "1", 0.1234567895]),
                    **dict.fromkeys(["providerID", "modelID"], TEXTS),
                }
            )
        ),
    }
    text = draw(_damaged(st.just(_dumped(info, draw(st.integers(0, 5))))))
    data = draw(rarely(st.sampled_from([None, 5, b"{}"]), st.just(text.decode("utf-8", "replace"))))
    updated = draw(rarely(st.sampled_from(["x", 1.5]), st.integers(0, 99)))
    return updated, data, draw(st.sampled_from(["ses_1", "ses_2", "sub", "lost"]))


def _short(number: float) -> float:
    """As many digits as a price has."""
    return round(number, 6)


@given(messages=st.lists(_messages(), max_size=6), cut=st.integers(0, 6))
def test_every_way_finds_the_same_in_a_database_of_opencode(messages, cut):
    with TemporaryDirectory() as folder, ExitStack() as stack:
        found = {}
        for way, scan in ways("opencode", stack).items():
            path = Path(folder, f"{way}.db")
            with contextlib.closing(sqlite3.connect(path)) as db:
                db.executescript(TABLES)
                db.executemany("insert into message values (?,?,?)", messages[:cut])
                db.commit()
                first = scan(path, {})
                db.executemany("insert into message values (?,?,?)", messages[cut:])
                db.commit()
                second = scan(path, first.state)
            found[way] = [_told(first), _told(second)]

    for way in found.values():
        for _calls, _bad, state in way:
            state.pop("files")
    assert found["compiled"] == found["usual"]
    assert found["usual"] == found["chain"]


TABLES = """
create table session (id, directory, version, parent_id);
create table message (time_updated, data, session_id);
insert into session values ('ses_1', '/src/shop', '1.2', null), ('ses_2', '', null, null),
    ('sub', '/src/shöp', '1.2', 'ses_1');
"""
