"""The facts of a conversation that a checkpoint keeps: whose it is, what it is about, its state.

Only facts that a session has are there, so that the checkpoint of a workflow's session stays as
small as it was. Light on imports: checkpoints are added up with it.
"""

from __future__ import annotations

from ai_sessions.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Plain = dict[str, Any]

#: Where a checkpoint has them.
KEY = "conversation"
#: Most bytes of JSON that state and pins may have together: each append writes the checkpoint.
LARGEST = 64 << 10
_BOUND = 2**63
#: Entries of which some change facts.
TYPES = ("set", "pin")
_STATE, _PIN, _LINK, _OPEN = "state.", "pin.", "link.", "open_call."
_WINDOW = "window."
#: What may grow, and so is measured.
_GROWING = ("state", "pins", "links")


def is_fact(key: str) -> bool:
    """Whether a change of this key is kept here."""
    return key in _KNOWN or key.startswith(tuple(_TABLES))


def is_put(key: str, value: Any) -> bool:
    """Whether `put` changes a fact of that key; it passes over the wrong kind of value."""
    for prefix, (_name, is_right) in _TABLES.items():
        if key.startswith(prefix):
            return value is None or is_right(value)
    return key in _KNOWN and (value is None or _KNOWN[key](value))


def state_key(key: str) -> str:
    """The key of the change of a variable."""
    return _STATE + key


def pin_key(key: str) -> str:
    """The key of the change that a pin makes."""
    return _PIN + key


def link_key(uid: str) -> str:
    """The key of the change that links a session with the one of that uid."""
    return _LINK + uid


def open_call_key(id_: str) -> str:
    """The key of the change that a tool call makes until it has its result."""
    return _OPEN + id_


def window_key(model: str) -> str:
    """The key of the change that says what a model holds, by the word of its server."""
    return _WINDOW + model


def sound(given: Plain) -> Plain:
    """Those of the facts in `given` that have the form in which they are written, no others."""
    return {key: given[key] for key, is_right in _FORMS.items() if _is_there(given, key, is_right)}


def put(facts: Plain, key: str, value: Any) -> None:
    """Change one fact, in place. None takes it away; a value of the wrong kind changes nothing."""
    for prefix, (name, is_right) in _TABLES.items():
        if key.startswith(prefix):
            _put_in(facts, name, key.removeprefix(prefix), value, is_right)
            return
    if value is None:
        facts.pop(key, None)
    elif _KNOWN[key](value):
        facts[key] = value


def changes(entries: Iterable[Plain]) -> list[tuple[str, Any]]:
    """Keys and values of the facts that some entries change."""
    found: list[tuple[str, Any]] = []
    for entry in entries:
        if entry["type"] == "pin":
            found.append((pin_key(entry["key"]), None if entry.get("text") is None else entry))
        elif entry["type"] == "set" and is_fact(entry["key"]):
            found.append((entry["key"], entry.get("value")))
    return found


def told(facts: Plain) -> Plain:
    """The same as keys and values of the changes that would make them."""
    flat = {key: value for key, value in facts.items() if key in _KNOWN}
    for prefix, (name, _is_right) in _TABLES.items():
        flat |= {prefix + key: value for key, value in facts.get(name, {}).items()}
    return flat


def is_sound(facts: Any) -> bool:
    """Whether facts that were read have the form in which they were written."""
    return isinstance(facts, dict) and all(
        is_right(facts[key]) for key, is_right in _FORMS.items() if key in facts
    )


def refuse_unsound(name: str, facts: Plain) -> None:
    """Raises `UsageError` for what session `name` would begin with, and could not be read again."""
    for key, is_right in _FORMS.items():
        if key in facts and not is_right(facts[key]):
            raise UsageError(f"session {name}: {key} cannot be {facts[key]!r:.40}")


def refuse_too_large(name: str, facts: Plain, changes: Iterable[tuple[str, Any]]) -> None:
    """Raises `UsageError` when state and pins of session `name` would be too large after these
    changes (keys and values), and larger than they are.
    """
    growing = [one for one in changes if one[0].startswith(tuple(_TABLES))]
    if not growing:
        return
    after = {key: dict(facts.get(key, {})) for key in _GROWING}
    before = _size(after)
    for key, value in growing:
        put(after, key, value)
    size = _size(after)
    if size > LARGEST and size > before:
        raise UsageError(
            f"session {name}: its state and pins would have {size:,} bytes (at most {LARGEST:,})",
            f"make room: ai-session.sh state {name} KEY=null, ai-session.sh forget {name} KEY",
        )


def _is_there(given: Plain, key: str, is_right: Callable[[Any], bool]) -> bool:
    return given.get(key) is not None and is_right(given[key])


def _put_in(facts: Plain, name: str, key: str, value: Any, is_right: Callable[[Any], bool]) -> None:
    kept = dict(facts.get(name, {}))
    if value is None:
        kept.pop(key, None)
    elif is_right(value):
        kept[key] = value
    if kept:
        facts[name] = kept
    else:
        facts.pop(name, None)


def _size(growing: Plain) -> int:
    """Bytes of JSON, as the checkpoint has it."""
    import json

    text = json.dumps([growing.get(key, {}) for key in _GROWING], ensure_ascii=False)
    return len(text.encode("utf-8", "replace"))


def _is_any(_value: Any) -> bool:
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < _BOUND


def _are_links(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_pin(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key, ""), str) for key in ("text", "message", "reason", "at")
    )


def _is_window(value: Any) -> bool:
    return isinstance(value, dict) and _is_number(value.get("tokens")) and _is_text(value.get("at"))


def _are_windows(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_window, value.values()))


def _is_parent(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(key), str) for key in ("name", "uid"))
        and all(value.get(key) is None or _is_number(value[key]) for key in ("seq", "number"))
    )


def _is_state(value: Any) -> bool:
    return isinstance(value, dict)


def _are_pins(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_pin, value.values()))


_KNOWN: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: value in ("work", "chat"),
    "interface": _is_text,
    "conversation_id": _is_text,
    "external_user_id": _is_text,
    "external_chat_id": _is_text,
    "title": _is_text,
    "description": _is_text,
    "token_limit": _is_number,
    "expires_in_ms": _is_number,
    "parent": _is_parent,
    "summary_seq": _is_number,
    "segment_seq": _is_number,
}
#: Facts that are tables: the beginning of the key of a change, the fact, what a value may be.
_TABLES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    _STATE: ("state", _is_any),
    _PIN: ("pins", _is_pin),
    _LINK: ("links", _is_text),
    _OPEN: ("open_calls", _is_text),
    _WINDOW: ("windows", _is_window),
}
_FORMS = {
    **_KNOWN,
    "state": _is_state,
    "pins": _are_pins,
    "links": _are_links,
    "open_calls": _are_links,
    "windows": _are_windows,
}
