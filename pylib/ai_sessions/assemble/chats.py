"""One turn with a model in a session: who answers, and with which settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import ids
from ai_sessions.accounting.budgets import Limit
from ai_sessions.assemble import answerer as choosing
from ai_sessions.assemble import providers
from ai_sessions.conversations import chat as verb
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers import media
from ai_sessions.providers.choosing import Wanted
from ai_sessions.providers.contract import Watch
from ai_sessions.records import About

if TYPE_CHECKING:
    from ai_sessions.assemble.parts import Parts
    from ai_sessions.config import Settings
    from ai_sessions.jobs import Kit, Result
    from ai_sessions.records import Json, Session
    from ai_sessions.stopping import Stop


class ReadsFiles(UsageError):
    """The one that would answer is an agent, which reads files of this machine."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants of a turn. `timeout_s`: None: AI_TIMEOUT. `lock_wait_s`: how long to wait
    while another process talks in the session. `may_read_files`: an agent may answer. `left_nusd`:
    most that the call may cost, in nano-dollars; None: as the budgets say.
    `parts`: images and files, of which a model is shown those that it can see.
    """

    text: str
    provider: str = ""
    model: str = ""
    timeout_s: float | None = None
    require_resume: bool = False
    lock_wait_s: float = 0.0
    may_read_files: bool = False
    left_nusd: int | None = None
    parts: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A turn that can begin. `id`: of the call that it will be."""

    id: str
    chat: verb.Chat
    text: str
    keeps_words: bool
    kit: Callable[[Watch, Callable[[str], None]], Kit]
    """Made in the thread of the call; takes what hears of its events and of its warnings."""

    def ask(self, watch: Watch, stop: Stop) -> Result:
        """In a thread for calls."""
        warnings: list[str] = []
        result = verb.ask(self.chat, self.kit(watch, warnings.append), self.text, stop, self.id)
        return replace(result, warnings=(*warnings, *result.warnings))


def prepared(parts: Parts, session: Session, asked: Asked, id_: str = "") -> Prepared:
    """`id_`: of the call; empty: a new one.

    Raises `ConfigError` when nobody can answer, `UsageError` for a provider that there is not,
    `ReadsFiles`.
    """
    settings = parts.settings()
    wanted = _wanted(parts, settings, session, asked)
    provider, choice = choosing.answerer(settings, parts.environment, verb.PURPOSE, wanted)
    if provider.quirks.keeps_context and not asked.may_read_files:
        raise ReadsFiles(f"{provider.name} is an agent, which reads files of this machine")
    chat = verb.Chat(
        session=verb.current(parts.store, parts.now(), session.name),
        about=verb.about(session, About(kind="chat")),
        provider=provider,
        cwd=Path(session.about.project or settings["SESSION_DIR"]),
        model=choice.model,
        timeout_s=asked.timeout_s or settings["AI_TIMEOUT"],
        silence_s=settings["AI_SILENCE_TIMEOUT"],
        lock_wait_s=asked.lock_wait_s,
        require_resume=asked.require_resume,
        parts=tuple(one for one in asked.parts if media.kind(one) in provider.quirks.parts),
        limits=() if asked.left_nusd is None else (Limit("call", asked.left_nusd),),
    )
    keeps_words = parts.store.lasting and settings["SESSION_CONTENT"] == "full"
    return Prepared(id_ or ids.new(), chat, asked.text, keeps_words, _kits(parts, settings))


def _wanted(parts: Parts, settings: Settings, session: Session, asked: Asked) -> Wanted:
    """Whom to ask: as named, else who answered last in the session, where we know how to."""
    known = providers.known(settings, parts.environment)
    if asked.provider and asked.provider not in known:
        raise UsageError(f"no provider {asked.provider!r}", f"there are: {', '.join(known)}")
    preferred, model = verb.last_answer(parts.store, session)
    if preferred not in known:
        preferred = model = ""
    return Wanted(asked.provider, asked.model, preferred, model)


def _kits(parts: Parts, settings: Settings) -> Callable[[Watch, Callable[[str], None]], Kit]:
    def made(watch: Watch, tell: Callable[[str], None]) -> Kit:
        return parts.kit(settings, watch, tell)

    return made
