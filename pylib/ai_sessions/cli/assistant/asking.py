"""`assistant.sh ask` and `chat`: one conversation in all folders, with the model that is best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.cli.chat.command import answer, question
from ai_sessions.cli.chat.turns import Turns
from ai_sessions.conversations import chat as verb
from ai_sessions.errors import UsageError
from ai_sessions.providers.choosing import Wanted
from ai_sessions.records import About

if TYPE_CHECKING:
    from ai_sessions.cli.app import App

#: The session that it is all said in.
SESSION = "assistant"
_HOW = 'assistant.sh ask "What is a closure?"'


def ask(app: App, text: str | None, given: dict[str, Any]) -> int:
    """Ask `text`, or what comes from stdin; the exit code."""
    asked = question(app, text, _HOW)
    if asked is None:
        raise UsageError("what should be asked?", _HOW)
    answer(_turns(app, given), asked)
    return 0


def chat(app: App, given: dict[str, Any]) -> int:
    """Ask turn after turn at a prompt; what is piped in is one question."""
    asked = question(app, None, _HOW)
    turns = _turns(app, given)
    if asked is None:
        from ai_sessions.cli.chat.prompt import converse

        return converse(turns)
    answer(turns, asked)
    return 0


def _turns(app: App, given: dict[str, Any]) -> Turns:
    """The conversation as it is set. Nothing is made or called yet."""
    app.set("AI_TIMEOUT", given["timeout"])
    app.need_store()
    session = verb.session_of(app.store(), SESSION)
    provider, model = app.answerer(verb.PURPOSE, Wanted(model=given["model"] or ""))
    wait = given["lock_wait"]
    chat = verb.Chat(
        session=SESSION,
        about=verb.about(session, About(kind="chat")),
        provider=provider,
        cwd=_folder(app),
        model=model,
        timeout_s=app.settings["AI_TIMEOUT"],
        silence_s=app.settings["AI_SILENCE_TIMEOUT"],
        lock_wait_s=float(app.settings["SESSION_TURN_TIMEOUT"] if wait is None else wait),
    )
    return Turns(app, chat)


def _folder(app: App) -> Path:
    """The same one wherever we are called: agents look up a conversation by its folder."""
    own: Path = app.settings["ASSISTANT_DIR"]
    return own if own.is_dir() else app.folder
