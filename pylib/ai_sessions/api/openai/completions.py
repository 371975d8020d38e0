"""`/v1/chat/completions`: any client of OpenAI's API talks through our sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import ids, labels, threads
from ai_sessions.api import problems, sse
from ai_sessions.api.answers import Answer
from ai_sessions.api.openai import addresses, asking, telling
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Route
from ai_sessions.api.turns import Turn
from ai_sessions.api.v1.sessions import readable
from ai_sessions.assemble import completing, providers
from ai_sessions.conversations import beginnings, finding, whole
from ai_sessions.conversations.chat import PURPOSE
from ai_sessions.errors import AiSessionsError, ConfigError, Unsupported
from ai_sessions.jobs import Job, Kit, Result
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers import abilities
from ai_sessions.providers.choosing import Wanted
from ai_sessions.providers.contract import Event
from ai_sessions.records import About
from ai_sessions.store.concurrent import Concurrent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_sessions.api.scopes import Token
    from ai_sessions.api.service import Service
    from ai_sessions.library.questions import Question
    from ai_sessions.providers.contract import Provider, Watch
    from ai_sessions.records import Session
    from ai_sessions.rotating.fallback import Answerer

INTERFACE = "openai"
#: The model that the settings name.
DEFAULT = "default"
#: What names the session, and tells it.
HEADER = "x-session"
#: What tells options that were given and not taken.
IGNORED = "x-ignored"
_LONGEST_ID = 256
#: So many models that take tools are named to who asks one that does not.
_NAMED = 5
#: Bytes of a request: the whole conversation comes each time, with its images.
_MOST_BYTES = 16 << 20
#: Seconds until a stream begins, though nothing has been said: what fails before has its status.
_BEGIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that can begin."""

    job: Job
    answerers: Sequence[Answerer]
    token: Token
    kit: Callable[[Watch, Callable[[str], None]], Kit]
    created: int
    """Seconds since 1970."""
    with_tools: Callable[[], Sequence[str]]
    """Models that take tools, and can be asked now."""
    ignored: list[str] = field(default_factory=list)
    """Options that who was asked does not take, and answers without."""

    def work(self, turn: Turn) -> Result:
        """In a thread for calls."""
        warnings: list[str] = []
        made = self.kit(turn.watch, warnings.append)
        heard = whole.Heard(
            lambda piece: turn.watch(Event("text", piece)),
            self._check,
            lambda piece: turn.watch(Event("call", call=piece)),
        )
        job = replace(self.job, stop=turn.stop)
        try:
            result = whole.ask(job, self.answerers, made, Concurrent(made.store), heard)
        except ConfigError as error:  # of the model: the settings themselves were read before
            raise Refused(404, "model", error.message, error.hint) from error
        except Unsupported as error:
            raise self._unsupported(error) from error
        if result.error and telling.is_answer(result):
            heard.end(result.text)
        return replace(result, warnings=(*warnings, *result.warnings))

    def _unsupported(self, error: Unsupported) -> Refused:
        hint, named = error.hint, (error.parameter,)
        if error.parameter == "tools" and (able := self.with_tools()):
            more = ", …" if len(able) > _NAMED else ""
            hint = f"{hint}; these take tools: {', '.join(able[:_NAMED])}{more}"
        return Refused(400, asking.UNSUPPORTED, error.message, hint, errors=named)

    def _check(self, provider: Provider) -> None:
        if provider.quirks.keeps_context and not self.token.allows("admin"):
            told = f"{provider.name} is an agent, which reads files of this machine"
            hint = "name another model, or use a token with scope admin"
            raise Refused(403, "scope", told, hint)
        self.ignored[:] = abilities.ignored(provider, self.job.options)

    def headers(self, turn: Turn) -> dict[str, str]:
        """What tells of the call beside its answer."""
        told = {HEADER: turn.session, "x-request-id": turn.id}
        return {**told, IGNORED: ", ".join(self.ignored)} if self.ignored else told


async def complete(service: Service, asked: Asked) -> Answer:
    """Ask a model what a client tells, whole or piece by piece."""
    ready = await threads.run(_prepared, service, asked)
    turn = Turn(ready.job.id, ready.job.session, keeps_words=False)
    service.turns.begin_beside(turn, ready.work)
    if asked.body.get("stream"):
        usage = asking.tells_usage(asked.body)
        named = asked.body.get("model") or ""
        chunks = telling.Chunks(turn.id, ready.created, named, tells_usage=usage)
        await _begun(turn)
        headers = {**sse.HEADERS, **ready.headers(turn)}
        return Answer(media=sse.MEDIA, headers=headers, stream=_stream(turn, chunks))
    result = _sound(await turn.result())
    return Answer(telling.completion(result, ready.created), headers=ready.headers(turn))


async def _begun(turn: Turn) -> None:
    """Wait for the first words. Raises what the call ended with before it said any.

    Who is cancelled meanwhile ends the call, as who is cancelled in the stream does.
    """
    try:
        if not turn.words:
            await turn.wait(_BEGIN_S)
    except asyncio.CancelledError:
        turn.stop.set()
        raise
    if turn.is_over and not turn.words:
        _sound(await turn.result())


def _sound(result: Result) -> Result:
    """Raises `Refused` for a call that is on record and is no answer."""
    if telling.is_answer(result):
        return result
    raise telling.failure(result)


async def _stream(turn: Turn, chunks: telling.Chunks) -> AsyncIterator[bytes]:
    """The answer as it comes. A client that goes away has no other way to end the call."""
    try:
        yield chunks.begin()
        told = 0
        while True:
            is_over, words = turn.is_over, (turn.words or [])[told:]
            told += len(words)
            for one in words:
                yield chunks.call(one["call"]) if "call" in one else chunks.piece(str(one["text"]))
            if is_over:
                break
            if not words and not await turn.wait(sse.PING_S):
                yield sse.PING
        yield await _end(turn, chunks)
    finally:
        if not turn.is_over:
            turn.stop.set()


async def _end(turn: Turn, chunks: telling.Chunks) -> bytes:
    try:
        return chunks.end(_sound(await turn.result()))
    except AiSessionsError as error:
        body: telling.Plain = telling.failed(problems.of_error(error)).body
        return telling.event(body)


def _prepared(service: Service, asked: Asked) -> Prepared:
    """In a thread of the store. Raises `Refused`, `UsageError`, `ConfigError`."""
    settings = service.settings()
    wanted = _wanted(asked.body.get("model") or "")
    question = asking.question(asked.body, wanted.model, wanted.provider)
    addresses.check(question.messages, asked.token)
    warnings: list[str] = []
    answerers = completing.answerers(settings, service.environment, wanted, warnings.append)
    session = _session(service, asked, question)
    job = Job(
        session=session.name,
        about=session.about,
        prompt=question.prompt,
        history=question.history,
        cwd=Path(session.about.project or settings["SESSION_DIR"]),
        purpose=PURPOSE,
        schema=question.schema,
        options=question.options or {},
        tools=question.tools,
        is_exact=True,
        timeout_s=settings["AI_TIMEOUT"],
        silence_s=settings["AI_SILENCE_TIMEOUT"],
        id=ids.new(),
        streams=True,
        one_answer=True,
    )

    def kit(watch: Watch, tell: Callable[[str], None]) -> Kit:
        return service.kit(settings, watch, tell)

    def with_tools() -> Sequence[str]:
        names = service.available_models()
        return completing.taking_tools(settings, service.environment, names)

    created = int(service.now().timestamp())
    return Prepared(job, answerers, asked.token, kit, created, with_tools)


def _wanted(model: str) -> Wanted:
    """A provider is named in place of a model where it has its own, as agents have."""
    if model == DEFAULT:
        return Wanted()
    return Wanted(model) if model in providers.PROVIDERS else Wanted(model=model)


def _session(service: Service, asked: Asked, question: Question) -> Session:
    """The one that the client names, else the one that its conversation is in."""
    store, now, user = service.store, service.now(), str(asked.body.get("user") or "")
    sent = question.messages
    title = next((one.text for one in sent if one.role == "user"), "")
    about = About(
        kind="chat",
        interface=INTERFACE,
        external_user_id=user,
        title=labels.first_words(title) if store.keeps_words else "",
    )
    named = _named(asked)
    if not named:
        owner = f"{asked.token.name}\0{user}"
        return beginnings.session_of(store, now, about, owner, sent)
    if found := service.core.find_by_id(named):
        return finding.current(store, now, readable(found).name)
    return finding.find_or_create(store, now, replace(about, conversation_id=named))


def _named(asked: Asked) -> str:
    """Raises `Refused` for what is no id."""
    given = asked.headers.get(HEADER) or (asked.body.get("metadata") or {}).get("session_id", "")
    if not isinstance(given, str) or len(given) > _LONGEST_ID or not (given or "-").isprintable():
        raise Refused(400, "usage", f"not the id of a session: {given!r:.80}")
    return given.strip()


ROUTES = (
    Route(
        "POST",
        "/v1/chat/completions",
        "create_chat_completion",
        "Ask a model, as OpenAI's clients do; with `stream` the answer comes in chunks.",
        complete,
        scope="write",
        body=asking.SCHEMA,
        answers={200: telling.COMPLETION},
        failures=(404, 502, 504),
        streams=True,
        group="OpenAI",
        most_bytes=_MOST_BYTES,
        failed=telling.failed,
        failure={"application/json": telling.ERROR},
    ),
)
