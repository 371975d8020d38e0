"""Completions of models, each on record in a session: the synchronous core of `LLMService`."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import config, labels, names
from ai_sessions.assemble import completing
from ai_sessions.assemble.kit import kit
from ai_sessions.assemble.recording import recorder
from ai_sessions.conversations import finding, whole
from ai_sessions.conversations.whole import Heard
from ai_sessions.errors import LockBusy, StorageError, UsageError
from ai_sessions.jobs import Job, Kit, Result
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import arguments, identity, storage
from ai_sessions.library.completion import Completion
from ai_sessions.library.errors import CompletionError, Translated
from ai_sessions.library.questions import Question
from ai_sessions.library.sessions import Tracked
from ai_sessions.providers.choosing import Wanted
from ai_sessions.records import Change, stamp
from ai_sessions.rotating.fallback import DETAIL
from ai_sessions.stopping import going_on
from ai_sessions.store.concurrent import Concurrent

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.providers.contract import Event
    from ai_sessions.records import Interaction, Session
    from ai_sessions.stopping import Stop
    from ai_sessions.store.contract import Store

PURPOSE = "chat"
#: Seconds that a call may wait for locks when its task was cancelled: beside others of its session,
#: which are cancelled with it as a rule.
_RECORDED_S = 5.0
#: Warnings that are told once; a program makes many calls.
_MOST_TOLD = 100

Hear = Callable[[str], None]


def _unheard(_piece: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Labels:
    """What a session is called by people. `title` empty: its first words."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def checked(cls, title: Any, description: Any, tags: Any) -> Labels:
        """Raises `UsageError` with the value that is wrong."""
        if isinstance(tags, str) or not isinstance(tags, Iterable):
            raise UsageError(f"tags: a list of texts, not {tags!r:.80}")
        return cls(
            labels.line("title", title) if title else "",
            labels.description(description or ""),
            tuple(map(labels.tag, tags)),
        )


class Completions:
    """Safe to use from several threads at once: calls of one session do not wait for each other."""

    def __init__(
        self,
        session_id: str | None = None,
        model: str = "",
        provider: str = "",
        title: str = "",
        description: str = "",
        tags: Iterable[str] = (),
        metadata: Mapping[str, Any] | None = None,
        record: bool | None = None,
        store: Store | Conversations | None = None,
    ) -> None:
        """`session_id`: of a session that goes on; None: a new one. `model`, `provider`: who is
        asked when a call names nobody; empty: by AI_MODEL, AI_PROVIDER and LLM_FALLBACK. `title`
        empty: the first words. `record`: write files, too; None: by RECORD. `store`: None: the
        user's own sessions.
        """
        with Translated(session_id if isinstance(session_id, str) else None, "LLMService"):
            self._labels = Labels.checked(title, description, () if tags is None else tags)
            self._model = arguments.text("model", model or "")
            self._provider = arguments.text("provider", provider or "")
            self._core = storage.conversations(store)
            self._environment = dict(os.environ)
            self._settings = config.of_program(self._environment)
            self._kit = self._made_kit()
            given = self._settings, self._core.store, _warn
            self._recorder = recorder(*given, wanted=_record(record), always=True)
        self._talk = self._talk_in(session_id, self._labels, metadata)
        self._metadata = metadata
        self._told: set[str] = set()
        self._is_closed = False
        self.last: Completion | None = None
        """The completion that ended last; None: none has."""

    @property
    def session_id(self) -> str:
        """Of the session that calls are recorded in; it is there when there was a call."""
        return self._talk.tracked.session_id

    def new_session(
        self, title: str = "", description: str = "", tags: Iterable[str] | None = None
    ) -> str:
        """Begin another session, and return its id: further calls are recorded there, those that
        are under way where they began. `tags` None: those of this object.
        """
        with Translated(self.session_id, "new_session"):
            self._refuse_closed()
            given = self._labels.tags if tags is None else tags
            named = Labels.checked(title, description, given)
        self._talk = self._talk_in(None, named, self._metadata)
        return self.session_id

    def available_models(self) -> list[str]:
        """What can be asked now, as `provider:model`; an agent by its name."""
        with Translated(operation="available_models"):
            return completing.available(self._settings, self._environment)

    def close(self) -> None:
        """Nothing more is asked by this object; what was recorded is in its files by then."""
        self._is_closed = True
        if self._recorder:
            self._recorder.flush()

    def ask(
        self, question: Question, hear: Hear = _unheard, stop: Stop | None = None
    ) -> Completion:
        """The answer, on record whatever comes of it. `hear`: told pieces of the answer, in a
        thread, as soon as they are sure to be a part of it. `stop`: ends the call from elsewhere.

        Raises `CompletionError` when the model does not answer; `ConfigurationError` when there is
        none to ask, `TokenLimitExceeded` when a budget does not allow the call: nothing was called
        then.
        """
        talk = self._talk
        with Translated(talk.tracked.session_id, "get_completion"):
            self._refuse_closed()
            with going_on(_RECORDED_S):
                result = self._attempt(talk, question, Heard(hear), stop)
        found = Completion.of(result, talk.tracked.session_id)
        self._warned(result)
        self.last = found
        if result.error:
            error = result.error
            raise CompletionError(error.message, error.hint, found.status, found) from error
        return found

    def _attempt(self, talk: _Talk, question: Question, heard: Heard, stop: Stop | None) -> Result:
        named = Wanted(question.provider or self._provider, question.model)
        if not (question.provider or question.model):
            named = replace(named, model=self._model)
        asked = completing.answerers(self._settings, self._environment, named, _warn)
        beside = Concurrent(self._core.store)
        session = talk.session(beside)
        made = replace(
            self._kit,
            on_recorded=self._noted,
            steps=(*self._kit.steps, talk.labelled, self._written_down),
        )
        return whole.ask(self._job(session, question, stop), asked, made, beside, heard)

    def _made_kit(self) -> Kit:
        given = self._settings, self._core.store, _unwatched, _warn, self._environment
        return kit(*given, is_recorded=False)

    def _noted(self, name: str) -> None:
        """Have the files of a session follow it, whatever came of the call."""
        if self._recorder:
            self._recorder.note(name)

    def _written_down(self, _call: Interaction, session: Session) -> None:
        """Step after each call: the session may have a title now."""
        self._noted(session.name)

    def _job(self, session: Session, question: Question, stop: Stop | None) -> Job:
        wait = self._settings["SESSION_TURN_TIMEOUT"]
        return Job(
            session=session.name,
            about=session.about,
            prompt=question.prompt,
            history=question.history,
            cwd=_folder(),
            purpose=PURPOSE,
            schema=question.schema,
            options=question.options or {},
            tools=question.tools,
            timeout_s=question.timeout_s or self._settings["AI_TIMEOUT"],
            silence_s=self._settings["AI_SILENCE_TIMEOUT"],
            lock_wait_s=float(wait),
            stop=stop,
            streams=True,
            one_answer=True,
        )

    def _talk_in(
        self, session_id: str | None, labels: Labels, metadata: Mapping[str, Any] | None
    ) -> _Talk:
        tracked = Tracked(session_id, metadata=metadata, store=self._core)
        return _Talk(tracked, labels, is_new=session_id is None)

    def _warned(self, result: Result) -> None:
        """Each warning once: the same model is not there for every call."""
        for told in result.warnings:
            is_known = told in self._told
            if DETAIL not in result.interaction.detail or not is_known:
                _warn(told)
            if len(self._told) < _MOST_TOLD:
                self._told.add(told)

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise UsageError("this LLMService is closed", "make another one with its session_id")


class _Talk:
    """A session, and what it is to be called: said with its first call."""

    def __init__(self, tracked: Tracked, labels: Labels, *, is_new: bool) -> None:
        self.tracked, self._labels, self._is_new = tracked, labels, is_new
        self._is_labelled = False
        self._lock = threading.Lock()

    def session(self, beside: Concurrent) -> Session:
        """The session that takes the next call, made now when there is none; where it cannot be,
        one in memory.
        """
        try:
            return self._session()
        except (StorageError, LockBusy) as error:
            name = names.of_conversation(identity.INTERFACE, self.tracked.session_id)
            beside.lose(name, error)
            return beside.read(name)

    def _session(self) -> Session:
        core, id_ = self.tracked.core, self.tracked.session_id
        found = identity.find(core, id_)
        if found is None:
            about = identity.about(id_, None, storage.expires_in_ms())
            return finding.find_or_create(core.store, core.now(), about)
        if found.is_over(stamp(core.now())):
            return finding.current(core.store, core.now(), found.name)
        return found

    def labelled(self, call: Interaction, session: Session) -> None:
        """Step after each call: what the program has given its session, once."""
        with self._lock:
            if self._is_labelled:
                return
            self._is_labelled = True
        self.tracked.add(*self._changes(call, session))

    def _changes(self, call: Interaction, session: Session) -> list[Change]:
        given, found = self._labels, []
        is_left = session.about.title or not self.tracked.core.store.keeps_words
        title = given.title or ("" if is_left else _first_words(call))
        if title and title != session.about.title:
            found.append(Change("title", title))
        if given.description and given.description != session.description:
            found.append(Change("description", given.description))
        if new := [one for one in given.tags if one not in session.tags]:
            found.append(Change("tags", [*session.tags, *new]))
        return found


def _first_words(call: Interaction) -> str:
    said = next((one.text for one in call.messages if one.role == "user" and one.text.strip()), "")
    return labels.first_words(said)


def _folder() -> Path:
    """Where an agent works; elsewhere when the program's own folder was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(tempfile.gettempdir())


def _record(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise UsageError(f"record is True, False or None, not {value!r:.80}")
    return value


def _unwatched(_event: Event) -> None:
    pass


def _warn(told: str) -> None:
    """As libraries do: the program that uses this decides what becomes of it."""
    logging.getLogger("ai_sessions").warning(told.removeprefix("warning: "))
