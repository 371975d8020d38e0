"""Agents' own logs, written as the agents write them: one answer at a time, sub-agents' apart."""

import contextlib
import json
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from ai_sessions.records import stamp

FOLDER = "/src/shop"


class Log:
    """The log of one agent below a home. `answer` writes what one answer of its model used."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._count = 0

    def answer(self, at: datetime, id_: str, model: str, given: int, said: int, sub: str) -> None:
        """`sub`: the id of the sub-agent that asked; empty for the conversation's own."""
        raise NotImplementedError

    def _append(self, path: Path, at: datetime, *entries: dict) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in entries)
        os.utime(path, (at.timestamp(), at.timestamp()))

    def _number(self) -> int:
        self._count += 1
        return self._count


class Claude(Log):
    def answer(self, at, id_, model, given, said, sub):
        place = self.home / ".claude/projects/-src-shop"
        path = place / id_ / "subagents" / f"agent-{sub}.jsonl" if sub else place / f"{id_}.jsonl"
        message = {"id": f"m{at.timestamp()}", "model": model}
        facts = {"type": "assistant", "sessionId": id_, "cwd": FOLDER, "timestamp": stamp(at)}
        half = {"input_tokens": given, "output_tokens": 1}
        whole = {"input_tokens": given, "output_tokens": said}
        self._append(
            path,
            at,
            *({**facts, "message": {**message, "usage": one}} for one in (half, whole)),
        )


class Codex(Log):
    def answer(self, at, id_, model, given, said, sub):
        thread = f"{id_}-{sub}" if sub else id_
        folder = self.home / ".codex/sessions" / f"{at:%Y/%m/%d}"
        path = folder / f"rollout-x-{thread}.jsonl"
        before = json.loads(path.read_text().splitlines()[-1]) if path.exists() else None
        totals = before["payload"]["thread_token_usage"] if before else {}
        used = {"input_tokens": given, "output_tokens": said}
        total = {key: totals.get(key, 0) + count for key, count in used.items()}
        record = {"response_id": f"r{at.timestamp()}", "usage": used, "thread_id": thread}
        head = {"id": thread, "session_id": id_, "cwd": FOLDER}
        entries = [] if before else [("session_meta", head)]
        entries.append(("turn_context", {"model": model, "cwd": FOLDER}))
        entries.append(("token_usage_record", {**record, "thread_token_usage": total}))
        written = [{"timestamp": stamp(at), "type": kind, "payload": one} for kind, one in entries]
        self._append(path, at, *written)


class Gemini(Log):
    def answer(self, at, id_, model, given, said, sub):
        place = self.home / ".gemini/tmp/shop/chats"
        path = place / id_ / f"{sub}.jsonl" if sub else place / f"session-x-{id_[:8]}.jsonl"
        tokens = {"input": given, "output": said, "total": given + said}
        answer = {"id": f"a{at.timestamp()}", "type": "gemini", "timestamp": stamp(at)}
        begun = [] if path.exists() else [{"sessionId": sub or id_}]
        self._append(path, at, *begun, {**answer, "tokens": tokens, "model": model})


class OpenCode(Log):
    def answer(self, at, id_, model, given, said, sub):
        path = self.home / ".local/share/opencode/opencode.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        ms = round(at.timestamp() * 1000)
        info = {"role": "assistant", "providerID": "anthropic", "modelID": model}
        info["tokens"] = {"input": given, "output": said}
        info["time"] = {"created": ms - 5, "completed": ms}
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute(
                "create table if not exists session(id unique, directory, version, parent_id)"
            )
            db.execute("create table if not exists message(id, session_id, time_updated, data)")
            for session, parent in ((id_, None), (f"{id_}-{sub}", id_)) if sub else ((id_, None),):
                row = (session, FOLDER, "1", parent)
                db.execute("insert or ignore into session values (?,?,?,?)", row)
            owner = f"{id_}-{sub}" if sub else id_
            row = (f"m{self._number()}", owner, ms, json.dumps(info))
            db.execute("insert into message values (?,?,?,?)", row)
            db.commit()


LOGS = {"claude": Claude, "codex": Codex, "gemini": Gemini, "opencode": OpenCode}
