"""Well-formed logs of every agent, fabricated: the lines that it writes, with figures by chance.

Used by `test/bench/imports`. Figures come from one seed, so each run has the same. No request is
above the first long-context tier, so that a peer's table has the same prices, and every call is
written the way the agent of today writes it, repeats included.
"""

import contextlib
import itertools
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

Json = dict[str, object]

PROJECTS = 40
CALLS_A_FILE = 60
TEXT = "A sentence about payments, refunds and ledgers. " * 50
_BEGIN = datetime(2026, 10, 1, tzinfo=UTC)


def claude(home: Path, most: int) -> int:
    """Transcripts of `most` bytes in all; how many calls are in them."""
    models = ("claude-opus-4-1-20250805", "claude-sonnet-4-5-20250929")
    chance = random.Random(5)  # noqa: S311 (figures for a bench)

    def lines(call: int, file: int) -> Iterator[Json]:
        facts: Json = {
            "timestamp": at(call),
            "sessionId": f"s{file:06}",
            "cwd": f"/src/p{file % PROJECTS}",
            "version": "2.1.329",
        }
        five, hour = chance.randint(0, 5_000), chance.randint(0, 4_000)
        usage = {
            "input_tokens": chance.randint(1, 5_000),
            "cache_creation_input_tokens": five + hour,
            "cache_read_input_tokens": chance.randint(0, 90_000),
            "output_tokens": chance.randint(1, 3_000),
            "cache_creation": {
                "ephemeral_5m_input_tokens": five,
                "ephemeral_1h_input_tokens": hour,
            },
        }
        message = {
            "id": f"msg_{call}",
            "role": "assistant",
            "model": chance.choice(models),
            "content": [{"type": "text", "text": TEXT[:1200]}],
            "usage": usage,
        }
        answer = {"type": "assistant", "message": message, "requestId": f"req_{call}", **facts}
        yield {"type": "user", "message": {"role": "user", "content": TEXT}, **facts}
        yield from [answer] * chance.choice([1, 2])

    return files(
        lambda file: (
            home / f".claude/projects/-src-p{file % PROJECTS}/s{file:06}.jsonl",
            lambda _file: (),
        ),
        lines,
        most,
    )


def codex(home: Path, most: int) -> int:
    """Rollouts of `most` bytes in all; how many calls are in them."""
    chance = random.Random(6)  # noqa: S311
    total: dict[str, int] = {}

    def begun(file: int) -> Iterator[Json]:
        total.clear()
        facts = {"id": f"thread-{file:06}", "cwd": f"/src/p{file % PROJECTS}"}
        yield {"timestamp": at(0), "type": "session_meta", "payload": {**facts, "source": "exec"}}
        yield {
            "timestamp": at(0),
            "type": "turn_context",
            "payload": {"turn_id": f"turn-{file:06}", "model": "gpt-5.3-codex", **facts},
        }

    def lines(call: int, file: int) -> Iterator[Json]:
        asked = chance.randint(1_000, 90_000)
        answered = chance.randint(10, 3_000)
        last = {
            "input_tokens": asked,
            "cached_input_tokens": chance.randint(0, asked),
            "cache_write_input_tokens": 0,
            "output_tokens": answered,
            "reasoning_output_tokens": chance.randint(0, answered),
            "total_tokens": asked + answered,
        }
        for key, count in last.items():
            total[key] = total.get(key, 0) + count
        said = {"type": "message", "role": "user", "content": [{"text": TEXT}]}
        yield {"timestamp": at(call), "type": "response_item", "payload": said}
        yield {
            "timestamp": at(call),
            "type": "token_usage_record",
            "payload": {
                "thread_id": f"thread-{file:06}",
                "turn_id": f"turn-{file:06}",
                "response_id": f"resp_{call}",
                "usage": last,
                "thread_token_usage": dict(total),
            },
        }
        info = {"total_token_usage": dict(total), "last_token_usage": last}
        counted = {"timestamp": at(call), "type": "event_msg"}
        yield {**counted, "payload": {"type": "token_count", "info": info}}

    def place(file: int) -> tuple[Path, Callable[[int], Iterator[Json]]]:
        return home / f".codex/sessions/2026/10/01/rollout-2026-10-01-{file:06}.jsonl", begun

    return files(place, lines, most)


def gemini(home: Path, most: int) -> int:
    """Chats of `most` bytes in all; how many calls are in them."""
    chance = random.Random(7)  # noqa: S311

    def begun(file: int) -> Iterator[Json]:
        yield {"sessionId": f"chat-{file:06}", "startTime": at(0), "kind": "main"}

    def lines(call: int, _file: int) -> Iterator[Json]:
        asked, answered = chance.randint(1_000, 90_000), chance.randint(10, 3_000)
        thoughts = chance.randint(0, 900)
        tokens = {
            "input": asked,
            "output": answered,
            "cached": chance.randint(0, asked),
            "thoughts": thoughts,
            "tool": 0,
            "total": asked + answered + thoughts,
        }
        yield {"id": f"u{call}", "timestamp": at(call), "type": "user", "content": TEXT}
        yield {
            "id": f"g{call}",
            "timestamp": at(call),
            "type": "gemini",
            "content": TEXT[:1200],
            "tokens": tokens,
            "model": "gemini-2.5-flash",
        }

    def place(file: int) -> tuple[Path, Callable[[int], Iterator[Json]]]:
        return home / f".gemini/tmp/p{file % PROJECTS}/chats/session-{file:06}.jsonl", begun

    folders = {f"/src/p{number}": f"p{number}" for number in range(PROJECTS)}
    (home / ".gemini").mkdir(parents=True, exist_ok=True)
    (home / ".gemini/projects.json").write_text(json.dumps({"projects": folders}))
    return files(place, lines, most)


def opencode(home: Path, most: int) -> int:
    """A database with `most` bytes of text; how many calls are in it."""
    chance = random.Random(8)  # noqa: S311
    path = home / ".local/share/opencode/opencode.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    calls = most // (len(TEXT) + 400)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(_TABLES)
        for number in range(calls // CALLS_A_FILE + 1):
            project = f"/src/p{number % PROJECTS}"
            db.execute(
                "insert into session (id, project_id, directory, title, version, time_created,"
                " time_updated) values (?,?,?,?,?,?,?)",
                (f"ses_{number}", "p", project, f"task {number}", "1.18.33", 0, 0),
            )
        for call in range(calls):
            session, moment = f"ses_{call // CALLS_A_FILE}", _ms(call)
            db.execute(
                "insert into message values (?,?,?,?,?)",
                (f"msg_{call}", session, moment, moment, json.dumps(_answer(moment, chance))),
            )
            part = json.dumps({"type": "text", "text": TEXT})
            row = (f"prt_{call}", f"msg_{call}", session, moment, moment, part)
            db.execute("insert into part values (?,?,?,?,?,?)", row)
        db.commit()
    return calls


def _answer(moment: int, chance: random.Random) -> Json:
    return {
        "role": "assistant",
        "cost": 0,
        "tokens": {
            "input": chance.randint(1, 5_000),
            "output": chance.randint(1, 3_000),
            "reasoning": 0,
            "cache": {"read": chance.randint(0, 90_000), "write": chance.randint(0, 9_000)},
        },
        "modelID": "claude-sonnet-4-5",
        "providerID": "anthropic",
        "time": {"created": moment - 4_000, "completed": moment},
        "finish": "stop",
    }


def files(
    place: Callable[[int], tuple[Path, Callable[[int], Iterator[Json]]]],
    lines: Callable[[int, int], Iterator[Json]],
    most: int,
) -> int:
    """Write files until there are `most` bytes; how many calls are in them."""
    written = calls = 0
    for file in itertools.count():
        if written >= most:
            return calls
        path, begun = place(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = list(begun(file))
        for _ in range(CALLS_A_FILE):
            calls += 1
            entries += lines(calls, file)
        text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        path.write_text(text)
        written += len(text)
    raise AssertionError


def at(call: int) -> str:
    """A time of its own for each call, over four weeks."""
    return datetime.fromtimestamp(_ms(call) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z")


def _ms(call: int) -> int:
    moment = _BEGIN + timedelta(seconds=call * 23 % (28 * 86_400))
    return int(moment.timestamp() * 1000) + 123


_TABLES = """
create table session (id text primary key, project_id text, workspace_id text, parent_id text,
    slug text, directory text, path text, title text, version text, share_url text, cost real,
    tokens_input integer, tokens_output integer, tokens_reasoning integer,
    tokens_cache_read integer, tokens_cache_write integer, agent text, model text,
    time_created integer, time_updated integer, time_compacting integer, time_archived integer);
create table message (id text primary key, session_id text, time_created integer,
    time_updated integer, data text);
create index message_session on message (session_id, time_created, id);
create table part (id text primary key, message_id text, session_id text, time_created integer,
    time_updated integer, data text);
"""
