"""What was said, as the words that a search goes by.

The tokenizer of SQLite parts words at spaces and marks, so scripts that have no gaps between words
(Chinese, Japanese, Thai, …) are given to it as overlapping pairs of letters, apart from whatever
they are glued to.
"""

from __future__ import annotations

import re
import unicodedata

from ai_sessions import ids, times
from ai_sessions.index import database, following

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from typing import Any

    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]

#: Letters of scripts without gaps, and of Korean, which glues particles to its words.
_GAPLESS = re.compile(
    "[\u0e01-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096"
    "\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)
name = "words"
#: Rows that are moved at a time from the table that is being emptied.
_STEP = 2000
_FEWEST_DEAD = 1000
_DEAD, _FILLED = "dead", "filled"
#: SQLite takes no number of more than 64 bits.
_MOST = 2**63
#: How the key of a change begins that sets a variable.
_STATE = "state."
#: What words of a summary are, and the purpose of calls that are to write one.
_SUMMARY = "summary"


def spread(text: str) -> str:
    """`text` as it is put into the index."""
    if text.isascii():
        return text
    return _GAPLESS.sub(lambda found: f" {' '.join(_pairs(found[0]))} ", _normal(text))


def query(term: str) -> str:
    """What finds texts with this term, in the words of FTS5; empty when there is no word in it."""
    parts = []
    end = 0
    normal = _normal(term)
    for found in (*_GAPLESS.finditer(normal), None):
        parts.append(_phrase(normal[end : found.start() if found else None]))
        if found:
            parts.append(_gapless(found[0]))
            end = found.end()
    return " AND ".join(filter(None, parts))


def said(entry: Plain) -> list[tuple[str, str]]:
    """What an entry adds to the conversation: (role, text). What is no message has for its role
    what it is: `pin`, `summary`, `title`, `description`, `state`.

    Pins, state and the title that a fork took from its parent are left out: they are there.
    """
    kind = entry["type"]
    if kind == "interaction":
        messages = entry.get("messages")
        found = messages if isinstance(messages, list) else ()
        said = [one for message in found if isinstance(message, dict) for one in _message(message)]
        is_aside = entry.get("purpose") == _SUMMARY  # what a model was asked for, no message
        return [(_SUMMARY, text) for _role, text in said] if is_aside else said
    if kind == "message":
        return list(_message(entry))
    teller = _TELLERS.get(kind)
    told = () if teller is None or ids.is_forked(_text(entry, "id")) else teller(entry)
    return [(role, text) for role, text in told if text.strip()]


def _message(message: Plain) -> Iterator[tuple[str, str]]:
    role = database.text(message.get("role"))
    if isinstance(message.get("text"), str):
        yield role, message["text"]
    for call in message.get("tool_calls") or ():
        if isinstance(call, dict):
            yield role, " ".join(_leaves([call.get("name"), call.get("arguments")]))


def _pin(entry: Plain) -> Iterator[tuple[str, str]]:
    yield "pin", " ".join((_text(entry, "key"), _text(entry, "text"), _text(entry, "reason")))


def _summary(entry: Plain) -> Iterator[tuple[str, str]]:
    yield _SUMMARY, _text(entry, "text")


def _change(entry: Plain) -> Iterator[tuple[str, str]]:
    key, value = _text(entry, "key"), entry.get("value")
    if key in ("title", "description") and isinstance(value, str):
        yield key, value
    elif key.startswith(_STATE) and value is not None:
        yield "state", " ".join((key.removeprefix(_STATE), *_leaves(value)))


def _begin(entry: Plain) -> Iterator[tuple[str, str]]:
    facts = entry.get("conversation")
    parent = facts.get("parent") if isinstance(facts, dict) else None
    is_fork = isinstance(parent, dict) and parent.get("seq") is not None
    if isinstance(facts, dict) and not is_fork:
        yield "title", _text(facts, "title")


def _leaves(value: Any) -> Iterator[str]:
    """The texts and numbers in a JSON value, keys included; JSON itself would escape them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield str(value)


def _text(entry: Plain, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def add(connection: sqlite3.Connection, session: int, place: int, entry: Plain) -> None:
    """Keep the words of one entry."""
    text = "\n".join(text for _role, text in said(entry))
    if not text:
        return
    part = database.value(connection, _FILLED, 0)
    row = connection.execute(
        "insert into said(session, place, at, part, seq) values (?,?,?,?,?)",
        (session, place, times.microseconds(entry.get("ts")), part, number(entry)),
    )
    connection.execute(
        f"insert into {database.WORDS[part]}(rowid, text, owner) values (?,?,?)",
        (row.lastrowid, spread(database.text(text)), owner(session)),
    )


def number(entry: Plain) -> int:
    """The number of an entry, in the form that a column takes; -1: it has none."""
    found = entry.get("seq")
    return found if type(found) is int and 0 <= found < _MOST else -1


def owner(session: int) -> str:
    """The word by which all that a session said is found, in a column of its own."""
    return f"s{session}"


def forget(connection: sqlite3.Connection, session: int) -> None:
    """Take away what a session said. Where SQLite cannot, its words lead nowhere from now on."""
    if database.DELETES_WORDS:
        for table in database.WORDS:
            connection.execute(
                f"delete from {table} where rowid in (select id from said where session = ?)",
                (session,),
            )
        connection.execute("delete from said where session = ?", (session,))
        return
    part = database.value(connection, _FILLED, 0)
    of_session = "delete from said where session = ? and part {} ?"
    gone = connection.execute(of_session.format("="), (session, part)).rowcount
    connection.execute(of_session.format("!="), (session, part))
    if gone:
        database.keep(connection, _DEAD, database.value(connection, _DEAD, 0) + gone)


def refresh(connection: sqlite3.Connection, source: Source) -> list[str]:
    """Bring the words up to date; returns what is wrong with sessions that cannot be read."""
    told = following.follow(connection, source, LAYER)
    if not database.DELETES_WORDS and _tidy(connection):
        return following.follow(connection, source, LAYER)
    return told


def _tidy(connection: sqlite3.Connection) -> bool:
    """One step of getting rid of dead words; True when sessions have to be read again for it.

    When a quarter is dead, new words go into the other table, and so do those that are alive, some
    at each step. The table that only has dead ones left is emptied at once.
    """
    part = database.value(connection, _FILLED, 0)
    alive, other = _alive(connection, part), _alive(connection, 1 - part)
    dead = database.value(connection, _DEAD, 0)
    if not other and (dead < _FEWEST_DEAD or 3 * dead < alive):
        return False
    connection.execute("begin immediate")
    if not other:
        words = database.WORDS[1 - part]
        connection.execute(f"insert into {words}({words}) values('delete-all')")
        part = 1 - part
        database.keep(connection, _FILLED, part)
        database.keep(connection, _DEAD, 0)
    moved = _read_again(connection, 1 - part)
    connection.execute("commit")
    return moved


def _alive(connection: sqlite3.Connection, part: int) -> int:
    query = "select count(*) from said where part = ?"
    return int(connection.execute(query, (part,)).fetchone()[0])


def _read_again(connection: sqlite3.Connection, part: int) -> bool:
    """Let some sessions that are in this table be read from their beginning."""
    query = "select session, count(*) from said where part = ? group by session"
    chosen, rows = [], 0
    for session, count in connection.execute(query, (part,)):
        chosen.append((session,))
        rows += count
        if rows >= _STEP:
            break
    connection.executemany("delete from bookmark where layer = 'words' and session = ?", chosen)
    connection.executemany("insert or ignore into behind values ('words', ?)", chosen)
    return bool(chosen)


def _pairs(run: str) -> Iterator[str]:
    """Every letter begins one pair, the last one is alone."""
    return (run[at : at + 2] for at in range(len(run)))


def _gapless(run: str) -> str:
    if len(run) == 1:
        return f'"{run}" *'
    return f'"{" ".join(list(_pairs(run))[:-1])}"'


def _phrase(text: str) -> str:
    """One or more words in a row; the query language means nothing in it."""
    if not any(map(str.isalnum, text)):
        return ""
    return f'"{text.translate(_UNQUOTED)}"'


def _normal(text: str) -> str:
    """One form for letters that can be written in several: wide, narrow, composed."""
    return unicodedata.normalize("NFKC", text)


class _Words:
    """`Layer` of following."""

    name = name
    add = staticmethod(add)
    forget = staticmethod(forget)


#: What `following` keeps up to date of each session.
LAYER = _Words()
_TELLERS = {"pin": _pin, "summary": _summary, "set": _change, "session": _begin}
_UNQUOTED = str.maketrans('"\0', "  ")
