"""What a conversation knows beside its messages: `remember`, `forget`, `state`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.keeping import kept, text
from ai_sessions.cli.words import Name, PinKey, StateKey
from ai_sessions.config import nearest
from ai_sessions.conversations import state as verbs
from ai_sessions.conversations.state import assigned
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.plurals import listed
from ai_sessions.records import Pin

_SHOWN = 8


@click.command()
@click.argument("name", type=Name())
@click.argument("words", metavar="[TEXT]", required=False)
@click.option("--key", metavar="KEY", help="What to forget it by; again, it is replaced.")
@click.option("--message", metavar="ID", help="The message it is from; without TEXT its words.")
@click.option("--reason", metavar="TEXT", help="Why it is to be remembered.")
@click.pass_obj
def remember(
    app: App,
    name: str,
    words: str | None,
    key: str | None,
    message: str | None,
    reason: str | None,
) -> None:
    """Pin words in a conversation: every model is told them verbatim, whatever is summarized.

    \b
      ai-session.sh remember support "The customer is called Priya." --key customer
      ai-session.sh remember support "Never promise a date."

    TEXT `-` reads it from stdin. Without --key it gets the next free number.
    """
    if words is None and not message:
        raise UsageError("what is to be remembered? TEXT is missing", _HOW)
    store, found = kept(app), app.find(name)
    pin = verbs.remember(
        store,
        _now(),
        found,
        "" if words is None else text("TEXT", words),
        key=key or "",
        message=message or "",
        reason=reason or "",
    )
    app.out.result({"session": found, "pin": _fact(pin)})
    app.out.say(f"{found} remembers {pin.key}")


_HOW = 'ai-session.sh remember NAME "The customer is called Priya." --key customer'


@click.command()
@click.argument("name", type=Name())
@click.argument("key", type=PinKey())
@click.pass_obj
def forget(app: App, name: str, key: str) -> None:
    """Take a pin away; `show` lists their keys. What was said stays in the log.

    \b
      ai-session.sh forget support customer
    """
    store, found = kept(app), app.find(name)
    session = verbs.forget(store, _now(), found, key)
    app.out.result({"session": found, "forgotten": key, "pins": list(session.pins)})
    app.out.say(f"{found} forgets {key}")


@click.command()
@click.argument("name", type=Name())
@click.argument("given", nargs=-1, metavar="[KEY[=VALUE]]...", type=StateKey())
@click.pass_obj
def state(app: App, name: str, given: Sequence[str]) -> None:
    """Show the variables of a conversation, the one called KEY, or set some.

    \b
      ai-session.sh state support plan=pro retries=3 'cart={"items": [1]}'
      ai-session.sh state support plan
      ai-session.sh state support plan=null            # takes it away
      ai-session.sh state support

    A VALUE that is JSON is kept as such, anything else as text.
    """
    changes = dict(assigned(one) for one in given if "=" in one)
    asked = [one for one in given if "=" not in one]
    if changes and asked:
        raise UsageError(f"set and show in one: {asked[0]!r} has no value", "use two commands")
    found = app.find(name)
    if changes:
        session = verbs.update_state(kept(app), _now(), found, changes)
    else:
        session = app.sessions().read(found)
    app.out.result({"session": found, "state": _chosen(found, session.state, asked)})
    if changes:
        app.out.say(f"{found}: {', '.join(map(_told, changes.items()))}")
    elif len(asked) == 1:
        app.out.say(_shown(_chosen(found, session.state, asked)[asked[0]]))
    else:
        for key, value in _chosen(found, session.state, asked).items():
            app.out.say(f"{key}={_shown(value)}")


def _chosen(name: str, known: Mapping[str, Any], asked: Sequence[str]) -> dict[str, Any]:
    """Those that were asked for, or all. Raises `NotFound` with the nearest key."""
    for key in asked:
        if key not in known:
            near = nearest(key, list(known))
            there = f"there are: {listed(known, _SHOWN)}" if known else "it has none"
            hint = f"did you mean {near}?" if near else there
            raise NotFound(f"session {name} has no state {key!r}", hint)
    return {key: known[key] for key in asked} if asked else dict(known)


def _told(change: tuple[str, Any]) -> str:
    key, value = change
    return f"{key} is gone" if value is None else f"{key}={_shown(value)}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fact(pin: Pin) -> dict[str, str]:
    told = {"message": pin.message, "reason": pin.reason}
    return {"key": pin.key, "text": pin.text or ""} | {key: one for key, one in told.items() if one}


def _now() -> datetime:
    return datetime.now(UTC)
