"""`chat`: talk with a model or an agent in a session of any name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ai_sessions.assemble import providers
from ai_sessions.cli import flags
from ai_sessions.cli.app import App
from ai_sessions.cli.chat.turns import Turns, facts
from ai_sessions.cli.contradictions import excludes, refuse
from ai_sessions.cli.words import Provider, Seconds, Talk
from ai_sessions.conversations import chat as verb
from ai_sessions.dialogue import opening
from ai_sessions.errors import ConfigError, UsageError
from ai_sessions.providers.choosing import Wanted
from ai_sessions.records import About, Change

if TYPE_CHECKING:
    from ai_sessions.records import Session

_STDIN = "-"
_HOW = 'ai-session.sh chat NAME "What is a closure?"'


@click.command()
@click.argument("name", type=Talk())
@click.argument("text", required=False)
@click.option("--provider", type=Provider(), help="Who answers (AI_PROVIDER_CHAT, AI_PROVIDER).")
@click.option("-m", "--model", metavar="MODEL", help="Its name or an alias (AI_MODEL).")
@click.option("--edit", is_flag=True, help="Let an agent change files; without it, it reads them.")
@click.option("--expires", metavar="TIME", help="Time after its last use: 12h, 7d, never.")
@click.option("--no-session", is_flag=True, help="Keep no session (USE_SESSIONS=false).")
@click.option("--require-resume", is_flag=True, help="Fail when the context is lost.")
@click.option(
    "--timeout",
    type=Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="For one answer (AI_TIMEOUT).",
)
@flags.waiting
@flags.watched
@refuse(excludes("--no-session", "--expires", "--require-resume"))
@click.pass_obj
def chat(app: App, /, name: str, text: str | None, **given: Any) -> int:
    """Talk in session NAME, which is made when there is none: ask TEXT, or what comes from stdin.

    \b
      ai-session.sh chat notes "What is a closure?"
      git diff | ai-session.sh chat notes
      ai-session.sh chat notes                         # on a terminal: a prompt

    The answer comes on stdout as it is written. Ctrl-C stops it; what was said by then is kept. The
    session of a command, such as plan-payment-gateway, can be talked in as well. NAME goes on with
    who answered last, unless --provider or a setting names another one.
    """
    asked = question(app, text, _HOW)
    turns = Turns(app, _opened(app, name, given))
    if asked is None:
        from ai_sessions.cli.chat.prompt import converse

        return converse(turns)
    answer(turns, asked)
    return 0


def question(app: App, text: str | None, how: str) -> str | None:
    """What to ask; None: that is for the prompt. Raises `UsageError` for nothing.

    `how`: a command that would have asked something.
    """
    if text is None and sys.stdin.isatty():
        if app.json:
            raise UsageError("--json needs a text: what should be asked?", how)
        return None
    found = sys.stdin.read() if text in (None, _STDIN) else text
    if not (found or "").strip():
        raise UsageError("what should be asked? The text is empty", how)
    return found


def answer(turns: Turns, asked: str) -> None:
    """One turn, and what it came to. Raises as `Turns.ask`, and `KeyboardInterrupt` when it was
    stopped.
    """
    try:
        result = turns.ask(asked)
    finally:
        if turns.was_stopped:
            raise KeyboardInterrupt
    turns.app.out.result(facts(result))
    turns.told()


def _opened(app: App, name: str, given: dict[str, Any]) -> verb.Chat:
    """The chat as the user has chosen it. Nothing is made or called yet."""
    if given["no_session"]:
        app.set("USE_SESSIONS", "false")
    app.set("AI_MODEL", given["model"])  # a wrong one is refused as a setting is
    app.set("AI_TIMEOUT", given["timeout"])
    lasts = None if given["expires"] is None else opening.expiry(given["expires"])
    if given["require_resume"] and not app.settings["USE_SESSIONS"]:
        raise UsageError("--require-resume needs a session, and USE_SESSIONS is off")
    app.need_store()
    session = verb.session_of(app.store(), name)
    about = verb.about(session, About(project=app.project, kind="chat", expires_in_ms=lasts))
    provider, model = app.answerer(verb.PURPOSE, _wanted(app, session, given))
    if given["edit"] and not provider.quirks.edits_files:
        raise ConfigError(f"{provider.name} cannot change files", "leave out --edit")
    if session and given["expires"] is not None:
        app.store().append(name, [Change("expires_in_ms", lasts)])
    say_what_is_new(app, name, session)
    wait = given["lock_wait"]
    return verb.Chat(
        session=name,
        about=about,
        provider=provider,
        cwd=Path(app.project or app.folder),
        model=model,
        access="edit" if given["edit"] else "read",
        timeout_s=app.settings["AI_TIMEOUT"],
        silence_s=app.settings["AI_SILENCE_TIMEOUT"],
        lock_wait_s=float(app.settings["SESSION_TURN_TIMEOUT"] if wait is None else wait),
        require_resume=given["require_resume"],
    )


def _wanted(app: App, session: Session | None, given: dict[str, Any]) -> Wanted:
    """Whom to ask: as named, else who answered last in the session, where we know how to."""
    preferred, model = verb.last_answer(app.store(), session)
    if preferred not in providers.PROVIDERS:
        preferred = model = ""
    return Wanted(given["provider"] or "", given["model"] or "", preferred, model)


def say_what_is_new(app: App, name: str, session: Session | None) -> None:
    if not app.settings["USE_SESSIONS"]:
        app.out.note("nothing of this is kept: USE_SESSIONS is off")
    elif session is None:
        app.out.note(f"{name}: a new session")
