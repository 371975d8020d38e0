"""`assistant.sh ask` and `chat`: one conversation in all folders, with the model that is best."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.assemble import providers
from ai_sessions.assemble.assistant import assistant
from ai_sessions.assemble.pools import no_places, place_of, places
from ai_sessions.assistant import persona
from ai_sessions.assistant.models import OTHER
from ai_sessions.cli.chat.command import answer, question, say_what_is_new
from ai_sessions.cli.chat.turns import Turns
from ai_sessions.conversations import chat as verb
from ai_sessions.conversations import state
from ai_sessions.errors import AiSessionsError, ConfigError, NotFound, UsageError
from ai_sessions.providers.choosing import AUTO, Wanted, choose, is_auto
from ai_sessions.records import About
from ai_sessions.rotating.provider import Rotation

if TYPE_CHECKING:
    from ai_sessions.assistant.profile import Profile
    from ai_sessions.assistant.service import Assistant
    from ai_sessions.cli.app import App
    from ai_sessions.providers.contract import Provider

#: The session that it is all said in.
SESSION = "assistant"
_HOW = 'assistant.sh ask "What is a closure?"'


def ask(app: App, text: str | None, given: dict[str, Any]) -> int:
    """Ask `text`, or what comes from stdin; the exit code."""
    asked = question(app, text, _HOW)
    if asked is None:
        raise UsageError("what should be asked?", _HOW)
    return _talk(app, asked, given)


def chat(app: App, given: dict[str, Any]) -> int:
    """Ask turn after turn at a prompt; what is piped in is one question."""
    return _talk(app, question(app, None, _HOW), given)


def _talk(app: App, asked: str | None, given: dict[str, Any]) -> int:
    """`asked` None: it is asked for at a prompt."""
    helper = assistant(app.settings, app.environment, app.out.note)
    profile = helper.profile()
    turns = opened(app, helper, profile, given)
    _introduce(app, turns.chat, profile)
    if asked is not None:
        answer(turns, asked)
        return 0
    from ai_sessions.cli.chat.prompt import converse

    if profile:
        app.out.note(helper.greeting())
    return converse(turns)


def opened(app: App, helper: Assistant, profile: Profile | None, given: dict[str, Any]) -> Turns:
    """The conversation as it is set. Nothing is made or called yet."""
    app.set("AI_TIMEOUT", given["timeout"])
    app.need_store()
    session = verb.session_of(app.store(), SESSION)
    answerer = partial(_answerer, app, helper, profile)
    provider, model = answerer(given["model"] or "", given["provider"] or "")
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
    return Turns(app, chat, answerer, _Counting(app, helper))


def _answerer(
    app: App, helper: Assistant, profile: Profile | None, model: str = "", provider: str = ""
) -> tuple[Provider, str]:
    """Who answers, and with which model. One that chooses among models prefers those that the user
    likes.
    """
    found, name = app.answerer(verb.PURPOSE, _wanted(app, helper, model, provider))
    if profile and isinstance(found, Rotation):
        liked = map(helper.models.key, profile.favorite_models)
        found = replace(found, favourites=frozenset(liked))
    return found, name


def _wanted(app: App, helper: Assistant, model: str, provider: str) -> Wanted:
    """Whom to ask: as named, else the best of the models that this user may ask; where there are
    none, whoever answers `chat` here. Raises `ConfigError` when nobody can be asked.
    """
    if provider:
        return Wanted(provider, model)
    if model:
        return _named(helper, model)
    if places(app.settings, app.environment):
        return Wanted(model=AUTO)
    found = choose(app.settings, verb.PURPOSE, Wanted(), lambda: _agent(app))
    if not found.provider:
        raise _nobody(app)
    return Wanted()


def _named(helper: Assistant, model: str) -> Wanted:
    """A model by its number or name; one that is in no catalog is of the provider that is set."""
    if is_auto(model):
        return Wanted(model=model)
    with suppress(NotFound):
        found = helper.models.chosen(model)
        return Wanted(found.pool, found.id)
    return Wanted(model=model)


def _agent(app: App) -> str:
    return next(providers.installed(app.environment), "")


def _nobody(app: App) -> ConfigError:
    keys = no_places(app.settings, app.environment).hint
    return ConfigError(
        "there is nobody to ask: no pool's key is set, and no coding agent is installed",
        f"{keys}; or install an agent: {providers.access(providers.AGENTS[0]).install}",
    )


def _folder(app: App) -> Path:
    """The same one wherever we are called: agents look up a conversation by its folder."""
    own: Path = app.settings["ASSISTANT_DIR"]
    return own if own.is_dir() else app.folder


def _introduce(app: App, chat: verb.Chat, profile: Profile | None) -> None:
    """Pin who talks with whom, which every model is told, unless it is pinned as it is now."""
    store, wanted = app.store(), persona.text(profile) if profile else ""
    session = verb.session_of(store, chat.session)
    say_what_is_new(app, chat.session, session)
    known = session.pins[persona.KEY].text if session and persona.KEY in session.pins else ""
    if not profile:
        app.out.note(app.out.typed("it does not know who you are: assistant.sh --init"))
    if wanted == known:
        return
    now = datetime.now(UTC)
    if wanted:
        store.ensure(chat.session, chat.about)
        state.remember(store, now, chat.session, wanted, key=persona.KEY, reason="assistant.sh")
    else:
        with suppress(NotFound):
            state.forget(store, now, chat.session, persona.KEY)


class _Counting:
    """After each turn: what was used is counted and in the file for other programs, and one
    conversation is counted when something was answered.
    """

    def __init__(self, app: App, helper: Assistant) -> None:
        self._app, self._helper = app, helper
        self._is_counted = False
        self._seen = 0

    def __call__(self, turns: Turns) -> None:
        is_first = any(call.status == "ok" for call in turns.calls) and not self._is_counted
        self._is_counted |= is_first
        try:
            self._count(turns)
            if is_first:
                self._helper.begin_conversation()
            else:
                self._helper.export_usage()
        except AiSessionsError as error:  # what was answered counts more
            hint = f" ({error.hint})" if error.hint else ""
            self._app.out.warn(f"{error.message}{hint}")

    def _count(self, turns: Turns) -> None:
        """Count what the line has not: calls of agents, and of servers that are no pool."""
        calls, self._seen = turns.calls[self._seen :], len(turns.calls)
        provider, model = turns.chat.provider, turns.chat.model
        if isinstance(provider, Rotation):
            return
        if place_of(self._app.settings, self._app.environment, provider, model):
            return
        for call in calls:
            name = f"{OTHER}:{call.model or provider.name}"
            tokens, ok = call.usage.total_tokens, call.status == "ok"
            self._helper.record(name, tokens, call.duration_ms, ok)
