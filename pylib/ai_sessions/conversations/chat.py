"""`chat`: one turn of a conversation, with any provider, in a session of any name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ai_sessions import names
from ai_sessions.conversations import checks, finding
from ai_sessions.errors import NotFound
from ai_sessions.jobs import Job, Kit, Result
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import SUMMARY, About, Interaction, stamp
from ai_sessions.run import attempt
from ai_sessions.sessions import latest, projects
from ai_sessions.store.owners import refuse_other

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.accounting.budgets import Limit
    from ai_sessions.providers.contract import Provider
    from ai_sessions.records import Json, Session
    from ai_sessions.stopping import Stop
    from ai_sessions.store.contract import Store

PURPOSE = "chat"
#: So many calls have one that was answered, or nobody answers there.
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Chat:
    """Who answers in which session, and how long each turn may take, in seconds."""

    session: str
    about: About
    provider: Provider
    cwd: Path
    """Where an agent works: agents look up a conversation by its folder."""
    model: str = ""
    access: Literal["read", "edit"] = "read"
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    lock_wait_s: float = 60.0
    require_resume: bool = False
    limits: tuple[Limit, ...] = ()
    """Of each turn, beside the user's own."""
    parts: tuple[Json, ...] = ()
    """Images and files of the next question, as `Job.parts`."""


def session_of(store: Store, name: str) -> Session | None:
    """The session to talk in; None when the first turn will make it.

    Raises `UsageError` for what is no session name.
    """
    with suppress(NotFound):
        return store.read(names.session(name))
    return None


def last_answer(store: Store, session: Session | None) -> tuple[str, str]:
    """The provider that answered last, and its model where it has to be named each time: agents
    keep theirs with the conversation. Empty: nobody has answered.
    """
    calls = latest.last_calls(store, session.name, _LOOKED_AT) if session else []
    for call in reversed(calls):
        if call.status == "ok" and call.purpose != SUMMARY:
            return call.provider, "" if call.resume else call.model
    return "", ""


def asked(store: Store, name: str, count: int = 200) -> list[str]:
    """What was asked in the chats of a session, each once, the last one last; of at most the last
    `count` entries. Empty where the words are not kept.
    """
    found: dict[str, None] = {}
    with suppress(NotFound):
        for entry in store.entries(name, last=count):
            if isinstance(entry, Interaction) and entry.purpose == PURPOSE:
                for text in (one.text for one in entry.messages if one.role == "user"):
                    found.pop(text, None)
                    found[text] = None
    return [text for text in found if text.strip()]


def current(store: Store, now: datetime, name: str) -> str:
    """The session that takes the next message: that of the name, or the one that follows it when it
    is over. The sessions of commands are not followed.
    """
    session = session_of(store, name)
    if session and (session.kind != "chat" or not session.is_over(stamp(now))):
        return name
    with suppress(NotFound):  # the first of its name
        return finding.current(store, now, name).name
    return name


def about(session: Session | None, begun: About) -> About:
    """What a session is: one that is there stays what it was, a new one is as `begun`.

    Raises `Taken` for a session of another project than `begun` names.
    """
    if session is None:
        return begun
    refuse_other(session, begun, projects.same)
    return replace(session.about, project=begun.project or session.about.project)


def ask(chat: Chat, kit: Kit, prompt: str, stop: Stop | None = None, id_: str = "") -> Result:
    """Say `prompt` and return what was answered, and recorded, failures included (`Result.error`).

    A conversation that is over is followed by a new one of its name (`Result.session`).
    `kit.watch` is told the answer as it comes. `stop`: ends it; what was said by then is kept, with
    the status `interrupted`. `id_`: of the call; empty: a new one.

    Raises as `run.attempt` does when nobody was called, and `UsageError`
    for a text that is too long to keep.
    """
    checks.check_size(prompt)
    job = Job(
        session=current(kit.store, kit.now(), chat.session),
        about=chat.about,
        prompt=prompt,
        cwd=chat.cwd,
        purpose=PURPOSE,
        model=chat.model,
        access=chat.access,
        timeout_s=chat.timeout_s,
        silence_s=chat.silence_s,
        lock_wait_s=chat.lock_wait_s,
        require_resume=chat.require_resume,
        limits=chat.limits,
        parts=chat.parts,
        id=id_,
        stop=stop,
        streams=True,
    )
    return attempt(job, chat.provider, kit)
