"""The prompt of `chat`: turn after turn until Ctrl-D, with a few commands of its own."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_sessions.cli.chat.interrupting import keys_unseen
from ai_sessions.cli.chat.reading import Reader
from ai_sessions.conversations import chat as verb
from ai_sessions.conversations import segments, state
from ai_sessions.errors import AiSessionsError, UsageError
from ai_sessions.providers.choosing import is_auto

if TYPE_CHECKING:
    from ai_sessions.cli.chat.turns import Turns
    from ai_sessions.store.contract import Store

#: What a command looks like; a path does not.
_COMMAND = re.compile(r"/([a-z]*)(?:[ \t]+(.*))?")


def converse(turns: Turns) -> int:
    """Ask and answer until the person leaves; the exit code."""
    out = turns.app.out
    reader = Reader(verb.asked(turns.app.store(), turns.chat.session))
    who = _who(turns)
    if turns.chat.provider.quirks.edits_files:
        who += ", may change files" if turns.chat.access == "edit" else ", changes no files"
    out.note(f"{who}. Ctrl-C stops an answer, Ctrl-D leaves, /help tells more.")
    with contextlib.suppress(_Left):
        while True:
            _turn(turns, _read(reader, turns))
    turns.told()
    return 0


def _who(turns: Turns) -> str:
    """Who answers: the best of several, or one that was chosen."""
    provider, model = turns.chat.provider.name, turns.chat.model
    if is_auto(model):
        return f"{model}, the best of several"
    return " ".join(filter(None, (provider, model)))


class _Left(Exception):
    """The person has had enough."""


def _read(reader: Reader, turns: Turns) -> str:
    """What was typed. Raises `_Left` for Ctrl-D, and for Ctrl-C behind an empty prompt."""
    while True:
        turns.app.out.flush()
        try:
            return reader.read()
        except EOFError:
            _end_line()
            raise _Left from None
        except KeyboardInterrupt:
            _end_line()
            if reader.is_empty():
                raise _Left from None


def _end_line() -> None:
    sys.stderr.write("\n")
    sys.stderr.flush()


def _turn(turns: Turns, text: str) -> None:
    """One message, or a command of the prompt. What goes wrong is told; the chat goes on."""
    if not text.strip():
        return
    turns.was_stopped = False
    try:
        if command := _COMMAND.fullmatch(text.rstrip()):
            _obey(turns, command[1], (command[2] or "").strip())
            return
        with _only_the_answer():
            turns.ask(text)
    except AiSessionsError as error:
        if turns.was_stopped:
            turns.app.out.note("stopped")
        else:
            turns.app.out.failed(error, error.exit_code)
    except KeyboardInterrupt:
        turns.app.out.note("interrupted")


@contextlib.contextmanager
def _only_the_answer() -> Iterator[None]:
    if sys.stdin.isatty():
        with keys_unseen():
            yield
    else:
        yield


def _obey(turns: Turns, name: str, argument: str) -> None:
    found = _COMMANDS.get(name)
    if found is None:
        turns.app.out.say(f"no such command: /{name}; /help shows those there are")
        return
    found[1](turns, argument)


def _help(turns: Turns, _argument: str) -> None:
    rows = [(f"/{name}", told) for name, (told, _do) in _COMMANDS.items()]
    rows += [("Ctrl-C", "stop the answer; behind an empty prompt: leave"), ("Ctrl-D", "leave")]
    lines = [f"  {name:<18} {told}" for name, told in rows]
    more = "A text that begins with a blank is asked as it is, also behind a slash."
    turns.app.out.say("\n".join([*lines, more]))


def _model(turns: Turns, argument: str) -> None:
    if argument:
        turns.take(argument)
    provider, model = turns.chat.provider.name, turns.chat.model or "its default"
    turns.app.out.say("the best of several" if is_auto(model) else f"{provider} with {model}")


def _clear(turns: Turns, _argument: str) -> None:
    segments.clear(turns.app.store(), turns.chat.session)
    turns.app.out.say("cleared: the next answer knows nothing of what was said; the log stays")


def _remember(turns: Turns, argument: str) -> None:
    if not argument:
        raise UsageError("what should be remembered?", "/remember The port is 8080.")
    pin = state.remember(_begun(turns), datetime.now(UTC), turns.chat.session, argument)
    turns.app.out.say(f"remembered as {pin.key}; /forget {pin.key} takes it away")


def _forget(turns: Turns, argument: str) -> None:
    state.forget(turns.app.store(), datetime.now(UTC), turns.chat.session, argument)
    turns.app.out.say(f"forgotten: {argument}")


def _begun(turns: Turns) -> Store:
    """The store with the session in it, which the first question may not have made yet."""
    store = turns.app.store()
    store.ensure(turns.chat.session, turns.chat.about)
    return store


def _state(turns: Turns, argument: str) -> None:
    if "=" in argument:
        key, value = state.assigned(argument)
        store, now = _begun(turns), datetime.now(UTC)
        state.update_state(store, now, turns.chat.session, {key.strip(): value})
    session = verb.session_of(turns.app.store(), turns.chat.session)
    pins = {key: pin.text for key, pin in session.pins.items()} if session else {}
    known = session.state if session else {}
    lines = [f"  {key}: {text}" for key, text in pins.items()]
    lines += [f"  {key} = {json.dumps(value)}" for key, value in known.items()]
    turns.app.out.say("\n".join(lines) or "nothing is pinned, and there is no state")


def _quit(_turns: Turns, _argument: str) -> None:
    raise _Left


#: Name: what it does, for /help; and how.
_COMMANDS: dict[str, tuple[str, Callable[[Turns, str], None]]] = {
    "help": ("show this", _help),
    "model": ("with a name: go on with that model", _model),
    "clear": ("begin afresh; the log stays", _clear),
    "remember": ("with a text: tell it to every model, word for word", _remember),
    "forget": ("with its key: no longer", _forget),
    "state": ("show pins and variables; with KEY=VALUE: set one", _state),
    "quit": ("leave", _quit),
}
