"""What the assistant can do, over a folder, the models that are known and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol

from ai_sessions.assistant import greeting, profile, recording
from ai_sessions.controls import one_line
from ai_sessions.errors import AiSessionsError, NotFound, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.rotation.records import Need, Outcome, Strategy, Tally

if TYPE_CHECKING:
    from ai_sessions.assistant.choosing import Suggestion
    from ai_sessions.assistant.folder import Folder, Tell
    from ai_sessions.assistant.models import Models
    from ai_sessions.assistant.profile import Profile
    from ai_sessions.assistant.statistics import Statistics
    from ai_sessions.catalog.rotation import ModelEntry
    from ai_sessions.rotation.records import Candidate, Place, WindowState

_LONGEST_NAME = 100
#: As much of a longer one is told.
_QUOTED = 40
#: More tokens or milliseconds than any call has.
_MOST = 10**12


class Quotas(recording.Counts, Protocol):
    """The part of the ledger that knows how models stand."""

    def candidates(self, places: Sequence[Place], now: datetime) -> tuple[Candidate, ...]: ...

    def windows(self, places: Sequence[Place], now: datetime) -> tuple[WindowState, ...]: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What an assistant is made of. What costs time to make is made when it is needed first."""

    folder: Folder
    models: Callable[[], Models]
    places: Callable[[], Sequence[Place]]
    """Where this user has accounts, as they are to be chosen among; empty: nowhere we know of."""
    quotas: Callable[[], Quotas]
    limits: Callable[[datetime], Sequence[WindowState]]
    """All that the ledger knows of, those of agents' subscriptions among them."""
    strategy: Callable[[], Strategy]
    clock: Callable[[], datetime]
    tell: Tell
    """Hears warnings, each a line."""


class Assistant:
    """One user's assistant. Raises `ConfigError` for a file that cannot be understood, and
    `StorageError` and `LockBusy` as files and the ledger do.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = parts.folder

    @cached_property
    def models(self) -> Models:
        return self._parts.models()

    def profile(self) -> Profile | None:
        """Who uses the assistant; None: nobody has said so yet."""
        return profile.read(self._folder)

    def create(self, name: str, assistant: str, model: str) -> Profile:
        """Remember a person. Of one who is known already, what is not told anew stays. `model`: its
        number, its name or its key. Raises `UsageError` for what cannot be taken.
        """
        chosen = self._chosen(model)
        names = _name(name, "your name"), _name(assistant, "the assistant's name")
        made = profile.created(*names, self.models.name(chosen.key), self._parts.clock())
        with self._folder.held():
            known = profile.read(self._folder)
            if known is not None:
                kept = replace(known, user_name=names[0], assistant_name=names[1])
                made = profile.liking(kept, made.preferred_model)
            profile.save(self._folder, made)
        return made

    def reset(self) -> bool:
        """Forget the person; what models were used stays. False: there was nobody to forget."""
        return self._folder.remove(profile.NAME)

    def greeting(self) -> str:
        """Raises `NotFound` while nobody has said who they are."""
        known = self._known(self.profile())
        model = known.preferred_model
        return greeting.welcome(known, self.models.title(model) if model else "")

    def notes(self) -> tuple[str, ...]:
        """What is worth knowing beside the greeting, a line each."""
        known = self.profile()
        if known is None or not (gone := self.models.entry(known.preferred_model)).retired:
            return ()
        told = f"{gone.display_name} is served no more since {gone.retired}"
        return (f"{told}: assistant.sh --favorite MODEL prefers another one",)

    def favourite(self, model: str) -> ModelEntry:
        """Prefer a model from now on. Raises `NotFound` while nobody has said who they are."""
        return self._prefer(model, profile.liking)

    def unfavourite(self, model: str) -> ModelEntry:
        return self._prefer(model, profile.unliking)

    def begin_conversation(self) -> None:
        """Count a conversation, and bring `model_usage.json` up to date."""
        begun = partial(profile.active, now=self._parts.clock(), conversations=1)
        profile.change(self._folder, begun)
        self.export_usage()

    def export_usage(self) -> None:
        """Write `model_usage.json` from the ledger."""
        self._usage.export()

    def record(
        self, model: str, tokens: int, latency_ms: float, ok: bool, *, begins: bool = False
    ) -> None:
        """Count a call that was made elsewhere; `begins`: a conversation begins with it.

        Raises `UsageError` for what cannot be counted. What was counted is no failure whatever the
        two files are: that is a warning.
        """
        name = _name(model, "the model")
        outcome = Outcome(
            "ok" if ok else "other",
            self._parts.clock(),
            tokens=_figure(tokens, "tokens"),
            latency_ms=_figure(latency_ms, "latency_ms"),
        )
        self._usage.record(self.models.place(name, self._places), outcome, outcome.at)
        active = partial(profile.active, now=outcome.at, conversations=int(begins))
        self._tried(partial(profile.change, self._folder, active))

    def statistics(self) -> Statistics:
        """Before the first call the models that a new user is offered stand in them."""
        tallies = self._usage.tallies() or {one.model.key: Tally() for one in self._offered()}
        now = self._parts.clock()
        places = {key: self.models.place(key, self._places) for key in tallies}
        windows = self._quotas.windows([*self._places, *places.values()], now)
        from ai_sessions.assistant import statistics

        there = {one.pool for one in windows}
        others = [one for one in self._parts.limits(now) if one.pool not in there]
        windows = (*windows, *others)
        return statistics.statistics(self.profile(), tallies, places, windows, now)

    def suggest(self, *, large_context: bool = False, exclude: Collection[str] = ()) -> Suggestion:
        """The model to ask next. `exclude`: names of models that are not to be it. Raises
        `LimitReached` when none may answer.
        """
        from ai_sessions.assistant import choosing

        now = self._parts.clock()
        unwanted = {self.models.key(one) for one in exclude}
        candidates = [one for one in self._candidates(now) if one.key not in unwanted]
        need = Need(large_context=large_context)
        return choosing.suggest(candidates, need, now, self._parts.strategy())

    def should_rotate(self, current: str) -> tuple[bool, str | None, str]:
        """Whether a conversation should go on with another model, its name, and why."""
        from ai_sessions.rotation.rotate import should_rotate

        now, model = self._parts.clock(), self.models.entry(current)
        candidates = self._candidates(now, current)
        strategy = self._parts.strategy()
        is_due, best, reason = should_rotate(candidates, model.key, Need(), now, strategy)
        if model.retired and model.key not in [one.key for one in candidates]:
            reason = f"Current model is served no more since {model.retired}"
        return is_due, self.models.name(best) if best else None, reason

    def title(self, name: str) -> str:
        """The name of a model for people."""
        return self.models.title(name)

    @cached_property
    def _quotas(self) -> Quotas:
        return self._parts.quotas()

    def _offered(self) -> list[Place]:
        return [one for one in self.models.offered() if not one.model.is_last_resort]

    @cached_property
    def _places(self) -> Sequence[Place]:
        return self._parts.places() or self.models.offered()

    @cached_property
    def _usage(self) -> recording.Usage:
        made_of = self._folder, self._quotas, self.models, self._places
        return recording.Usage(*made_of, self._parts.tell)

    def _candidates(self, now: datetime, current: str = "") -> tuple[Candidate, ...]:
        """All that may be chosen among, and the `current` one unless it is served no more."""
        self._tried(self._usage.make_level)  # the ledger knows enough to choose by
        places = list(self._places)
        model = self.models.entry(current) if current else None
        if model and not model.retired and model.key not in [one.model.key for one in places]:
            places.append(self.models.place(current, places))
        from ai_sessions.assistant import choosing

        known = self.profile()
        liked = known.favorite_models if known else ()
        return choosing.liked(self._quotas.candidates(places, now), liked)

    def _tried(self, change: Callable[[], object]) -> None:
        """Do what nothing depends on; why it cannot be done is a warning."""
        try:
            change()
        except AiSessionsError as error:
            hint = f" ({error.hint})" if error.hint else ""
            self._parts.tell(f"warning: {error.message}{hint}")

    def _prefer(self, model: str, change: Callable[[Profile, str], Profile]) -> ModelEntry:
        chosen = self._chosen(model)
        name = self.models.name(chosen.key)
        self._known(profile.change(self._folder, lambda known: change(known, name)))
        return chosen

    def _chosen(self, model: str) -> ModelEntry:
        try:
            return self.models.chosen(model)
        except NotFound as error:
            raise UsageError(error.message, error.hint) from error

    def _known(self, found: Profile | None) -> Profile:
        if found is None:
            raise NotFound("nobody has said who they are yet", "assistant.sh --init")
        return found


def _name(text: object, what: str) -> str:
    name = one_line(text) if isinstance(text, str) else ""
    if not name or len(name) > _LONGEST_NAME:
        shown = repr(text if len(str(text)) <= _LONGEST_NAME else f"{str(text)[:_QUOTED]}…")
        raise UsageError(f"{shown} is not {what}", f"a text of 1 to {_LONGEST_NAME} characters")
    return name


def _figure(value: object, what: str) -> int:
    """Whole tokens or milliseconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _MOST:
        return round(value)
    raise UsageError(f"{what} is {value!r}", "a number from 0")
