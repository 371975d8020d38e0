"""One turn with a model in a session: who answers, and what is told of its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import ids
from ai_sessions.api import problems
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.assemble import answerer as choosing
from ai_sessions.assemble import providers
from ai_sessions.conversations import chat as verb
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.choosing import Wanted
from ai_sessions.providers.contract import Watch
from ai_sessions.records import About
from ai_sessions.sessions import export

if TYPE_CHECKING:
    from ai_sessions.api.scopes import Token
    from ai_sessions.api.service import Service
    from ai_sessions.api.turns import Turn
    from ai_sessions.config import Settings
    from ai_sessions.jobs import Kit, Result
    from ai_sessions.records import Interaction, Session

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A turn that can begin. `id`: of the call that it will be."""

    id: str
    chat: verb.Chat
    text: str
    keeps_words: bool
    kit: Callable[[Watch, Callable[[str], None]], Kit]
    """Made in the thread of the call; takes what hears of its events and of its warnings."""

    def work(self, turn: Turn) -> Result:
        """In a thread for calls."""
        warnings: list[str] = []
        kit = self.kit(turn.watch, warnings.append)
        result = verb.ask(self.chat, kit, self.text, turn.stop, self.id)
        return replace(result, warnings=(*warnings, *result.warnings))


def prepared(service: Service, token: Token, session: Session, body: Plain) -> Prepared:
    """`body`: `text`, and what the caller wants: `provider`, `model`, `timeout_s`,
    `require_resume`.

    Raises `ConfigError` when nobody can answer, `Refused` for an agent, which reads files of this
    machine, without the scope admin.
    """
    settings = service.settings()
    wanted = _wanted(service, settings, session, body)
    provider, choice = choosing.answerer(settings, service.environment, verb.PURPOSE, wanted)
    if provider.quirks.keeps_context and not token.allows("admin"):
        told = f"{provider.name} is an agent, which reads files of this machine"
        raise Refused(403, "scope", told, "name another provider, or use a token with scope admin")
    chat = verb.Chat(
        session=verb.current(service.store, service.now(), session.name),
        about=verb.about(session, About(kind="chat")),
        provider=provider,
        cwd=Path(session.about.project or settings["SESSION_DIR"]),
        model=choice.model,
        timeout_s=float(body.get("timeout_s") or settings["AI_TIMEOUT"]),
        silence_s=settings["AI_SILENCE_TIMEOUT"],
        lock_wait_s=0.0,  # a second turn is told that one is under way
        require_resume=bool(body.get("require_resume")),
    )
    return Prepared(
        ids.new(), chat, body["text"], _keeps_words(service, settings), _kits(service, settings)
    )


def _wanted(service: Service, settings: Settings, session: Session, body: Plain) -> Wanted:
    """Whom to ask: as named, else who answered last in the session, where we know how to."""
    named = body.get("provider", "")
    known = providers.known(settings, service.environment)
    if named and named not in known:
        raise Refused(400, "usage", f"no provider {named!r}", f"there are: {', '.join(known)}")
    preferred, model = verb.last_answer(service.store, session)
    if preferred not in known:
        preferred = model = ""
    return Wanted(named, body.get("model", ""), preferred, model)


def _keeps_words(service: Service, settings: Settings) -> bool:
    return service.store.lasting and settings["SESSION_CONTENT"] == "full"


def _kits(service: Service, settings: Settings) -> Callable[[Watch, Callable[[str], None]], Kit]:
    def made(watch: Watch, tell: Callable[[str], None]) -> Kit:
        return service.kit(settings, watch, tell)

    return made


def answer(result: Result, call: Interaction) -> Answer:
    """The end of a turn as one JSON object; of a call that failed the problem, with the call.

    `call`: as it is in the log, with its number.
    """
    told = {
        "session": result.session.uid,
        "text": result.text,
        "call": export.call(call),
        "continuity": result.continuity,
        "warnings": list(result.warnings),
    }
    if result.error is None:
        return Answer(told)
    failed = problems.of_error(result.error)
    return Answer({**failed.body, **told}, failed.status, failed.headers, failed.media)
