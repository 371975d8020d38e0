"""The line for `--model auto`: the best of several models is asked, and when it fails the next.

Each model that is asked is a call of its own, on record with what came of it; the one that answers
tells which were passed over, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ai_sessions import ids, money
from ai_sessions.errors import ConfigError, LimitReached, NotFound, ProviderError, QuotaSpent
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.weights import weigh_all, weigh_text
from ai_sessions.providers import media, tools
from ai_sessions.providers.contract import Event, Provider, Quirks, Reply, Request, Watch
from ai_sessions.records import Cost, Interaction
from ai_sessions.rotating import passed
from ai_sessions.rotating.outcomes import Book, outcome_of, was_billed, was_unreachable
from ai_sessions.rotating.passed import Ended, Passed
from ai_sessions.rotating.ranking import priced
from ai_sessions.rotation import failures, filters
from ai_sessions.rotation.records import (
    Candidate,
    Need,
    Outcome,
    Place,
    Ranked,
    Strategy,
)
from ai_sessions.sessions import latest

if TYPE_CHECKING:
    from ai_sessions.jobs import Job, Kit, Once, Result

NAME = "auto"
#: So many models are asked for one request, not counting those that cannot answer anybody.
ATTEMPTS = 3
#: So often another process may take what is left of a quota before we do.
_RACES = 100
#: So many calls of a session are looked at for the model that it talks with.
_LOOKED_AT = 20
#: In the details of a call: what was decided.
DETAIL = "rotation"
#: What a model is worth by its place in the user's list, and at least.
_FIRST, _SECOND, _STEP, _LEAST = 1.0, 0.85, 0.02, 0.7


@dataclass(frozen=True, slots=True)
class Rotation:
    """A provider that asks the best of some models. `places`: these, the preferred one first."""

    places: tuple[Place, ...]
    strategy: Strategy
    book: Book
    provider_of: Callable[[Place], Provider]
    """Raises `ConfigError` for one that cannot be asked at all."""
    free_only: bool = False
    answer_tokens: int = 4096
    """Of a model's window that are kept free for its answer."""
    favourites: frozenset[str] = frozenset()
    """Names of models (`ModelEntry.key`)."""
    is_ordered: bool = False
    """The order of `places` is the user's, so that earlier ones are worth more."""
    draws: Callable[[str], Callable[[float, float], float]] | None = None
    """Samples of Beta(a, b) for the id of a request, the same each time; None: its mean."""
    name: str = NAME
    quirks: Quirks = field(
        default_factory=lambda: Quirks(
            keeps_context=False,
            edits_files=False,
            takes_schema=True,
            may_begin_again=True,
            parts=media.KINDS,
        )
    )

    def window(self, _model: str) -> int | None:
        """As `HasWindow` says: of the largest model, for filters leave out what is too small."""
        windows = [place.model.window for place in self.places]
        return max((one for one in windows if one), default=None)

    def run(self, request: Request, watch: Watch) -> Reply:  # noqa: ARG002 (nobody is asked)
        """Never called: the line hands over to `attempt`."""
        raise ConfigError(f"{self.name} chooses who answers, it does not answer itself")

    def attempt(self, job: Job, kit: Kit, once: Once) -> Result:
        """As `run.attempt`; the calls of models that were passed over are in `Result.before`.

        Raises `LimitReached` when all models are at a limit or off, `ConfigError` when there is
        none to ask.
        """
        return _Request(self, job, kit, once).answered()

    def candidates(self, now: datetime) -> tuple[Candidate, ...]:
        """How the models stand, without prices."""
        found = self.book.candidates(self.places, now)
        return tuple(self._with_taste(index, one) for index, one in enumerate(found))

    def _with_taste(self, index: int, candidate: Candidate) -> Candidate:
        candidate = _as_billed(candidate)
        favourite = candidate.key in self.favourites
        value = _worth(index) if self.is_ordered and not favourite else None
        return replace(candidate, favourite=favourite, value=value)


def _worth(index: int) -> float:
    """By the place in the user's list: the first one as much as a favourite, so that a faster one
    has to be faster by many seconds.
    """
    return max(_LEAST, _SECOND - _STEP * (index - 1)) if index else _FIRST


class _Request:
    """One request, and the models that were asked for it."""

    def __init__(self, rotation: Rotation, job: Job, kit: Kit, once: Once) -> None:
        self._rotation, self._kit, self._once = rotation, kit, once
        self._job = job if job.id else replace(job, id=ids.new())
        self._deadline = kit.now() + timedelta(seconds=job.timeout_s)
        self._by_key = {place.model.key: place for place in rotation.places}
        self._places = self._by_key
        self._passed: list[Passed] = []
        self._before: list[Interaction] = []
        self._unreachable: list[tuple[Place, Outcome]] = []
        self._last: Result | None = None
        self._sole = ""
        self._larger_than = 0
        """Tokens of the largest window that was too small."""
        self._attempts = self._races = 0
        self._current, self._history = self._so_far()

    def answered(self) -> Result:
        while self._attempts < ATTEMPTS and self._races < _RACES and self._left_s() > 0:
            ranked = self._ranked()
            best = next((one for one in ranked if not one.excluded), None)
            if best is None:
                return self._nobody(ranked)
            result = self._asked(self._places[best.model])
            if result:
                return self._settled(result)
        return self._nobody(())

    def _ranked(self) -> tuple[Ranked, ...]:
        now, need = self._kit.now(), self._need()
        candidates = [
            priced(one, need, now, self._kit.price_of) for one in self._rotation.candidates(now)
        ]
        self._places = {
            one.key: replace(self._by_key[one.key], model=one.model) for one in candidates
        }
        self._sole = filters.sole(candidates, need)
        return self._rotation.strategy.rank(
            candidates,
            need,
            now,
            tried=[*(one.model for one in self._passed), *self._not_to_be_tried()],
            current=self._current,
            draw=draws(self._job.id) if (draws := self._rotation.draws) else None,
        )

    def _asked(self, place: Place) -> Result | None:
        """The answer of a model, or a failure that no other could mend; None: ask the next."""
        if self._passed:
            last = self._passed[-1]
            told = f"{last.model}: {last.reason(self._kit.now())}; asking {place.model.key}"
            self._kit.watch(Event("switch", told))
        try:
            provider = self._rotation.provider_of(place)
            result = self._once(self._job_of(place), provider, self._kit_of(place))
        except QuotaSpent:  # another process was faster
            self._races += 1
            return None
        except LimitReached as error:  # no money is left; another one may be free
            if place.model.free:
                raise
            self._passed.append(Passed(place.model.key, error.message, True, hint=error.hint))
            return None
        except (ConfigError, ProviderError) as error:  # nothing was called
            is_setting = isinstance(error, ConfigError)
            self._passed.append(Passed(place.model.key, error.message, True, is_setting=is_setting))
            return None
        self._last = result
        if not result.error:
            return _told_of_its_bill(place, result)
        return self._failed(place, result)

    def _not_to_be_tried(self) -> list[str]:
        """Models that could not answer this request, though nobody has asked them for it."""
        return [*self._small_models(), *self._unreachable_models()]

    def _small_models(self) -> list[str]:
        """Models that hold no more than one for which it was too much."""
        return [
            place.model.key
            for place in self._rotation.places
            if (place.model.window or self._larger_than + 1) <= self._larger_than
        ]

    def _unreachable_models(self) -> list[str]:
        """Models of servers that could not be reached for this request."""
        quotas = {place.quota for place, _outcome in self._unreachable}
        return [one.model.key for one in self._rotation.places if one.quota in quotas]

    def _failed(self, place: Place, result: Result) -> Result | None:
        now = self._kit.now()
        outcome = outcome_of(result.interaction, result.reply)
        if was_unreachable(outcome):
            self._unreachable.append((place, outcome))
        state = self._rotation.book.candidates((place,), now)[0]
        mark = failures.mark(outcome, state.state, state.windows, now)
        has_begun = result.text or (result.reply and result.reply.tool_calls)
        if mark.then == "stop" or (self._job.one_answer and has_begun):
            return result
        if mark.then == "larger":
            told = result.reply.failure if result.reply else None
            window = (told and told.limit_tokens) or place.model.window or 0
            self._larger_than = max(self._larger_than, window)
        self._before += [*result.before, result.interaction]
        is_closed = mark.scope not in ("none", "breaker")
        self._passed.append(
            Passed(place.model.key, mark.why, is_closed, None if mark.is_guess else mark.until)
        )
        self._attempts += mark.uses_attempt
        return None

    def _settled(self, result: Result) -> Result:
        """With all that was tried before. What could not be reached failed by itself: others can be
        reached.
        """
        for place, outcome in self._unreachable:
            self._rotation.book.learn(place, outcome, self._kit.now())
        return replace(result, before=(*self._before, *result.before))

    def _nobody(self, ranked: Sequence[Ranked]) -> Result:
        """What is said when no model has answered. Raises it where none was even called."""
        known = {*(one.model for one in self._passed), *self._unreachable_models()}
        small = dict.fromkeys(self._small_models(), "holds no more than what was too small")
        closed = [
            Passed(one.model, small.get(one.model, one.excluded), True)
            for one in ranked
            if one.excluded
        ]
        told = [*self._passed, *(one for one in closed if one.model not in known)]
        error = passed.error(self._ended(told))
        if self._last is None:
            raise error
        if len(self._unreachable) < len(self._passed):
            return replace(self._settled(self._last), before=tuple(self._before[:-1]), error=error)
        return replace(self._last, before=tuple(self._before[:-1]), error=error)

    def _ended(self, told: Sequence[Passed]) -> Ended:
        now, need = self._kit.now(), self._need()
        ends = [filters.free_at(one, need, now) for one in self._rotation.candidates(now)]
        return Ended(
            self._rotation.places,
            told,
            now,
            is_late=self._left_s() <= 0,
            is_beaten=self._races >= _RACES,
            is_unreachable=0 < len(self._passed) == len(self._unreachable),
            first_at=min((at for at in ends if at), default=None),
        )

    def _job_of(self, place: Place) -> Job:
        """The job for one model. Further ones have ids of their own, and name the first."""
        is_first = self._last is None
        return replace(
            self._job,
            id=self._job.id if is_first else ids.new(),
            request="" if is_first else self._job.id,
            model=place.model.id,
            place=place,
            need=self._need(),
            is_sole=place.model.key == self._sole,
            timeout_s=self._left_s(),
            detail={**self._job.detail, DETAIL: self._decision(place)},
        )

    def _kit_of(self, place: Place) -> Kit:
        """What nobody is billed for costs nothing, whatever the price of its model elsewhere."""
        if not place.model.free:
            return self._kit
        return replace(self._kit, price_of=lambda _usage, _model, _at: Cost(0, "free"))

    def _decision(self, place: Place) -> dict[str, object]:
        found: dict[str, object] = {
            "model": place.model.key,
            "strategy": self._rotation.strategy.name,
        }
        if self._current and self._current != place.model.key:
            found["from"] = self._current
        if self._passed:
            found["passed_over"] = [one.facts() for one in self._passed]
        return found

    def _need(self) -> Need:
        count = self._kit.memory.rules.count
        prompt = weigh_text(self._job.prompt, count) + weigh_all(self._job.history or (), count)
        prompt += sum(weigh_text(one, count) for one in _forms(self._job))
        offer, history = self._job.tools, self._job.history or ()
        shown = (*self._job.parts, *(part for one in history for part in one.parts))
        return Need(
            prompt_tokens=prompt,
            answer_tokens=self._rotation.answer_tokens,
            history_tokens=self._history,
            free_only=self._rotation.free_only,
            tools=bool(offer and offer.may_be_called),
            vision=any(media.kind(part) == "image" for part in shown),
        )

    def _so_far(self) -> tuple[str, int]:
        """The model that the conversation is with, and the tokens of its last call."""
        if self._job.alone:
            return "", 0
        with suppress(NotFound):
            for call in reversed(latest.last_calls(self._kit.store, self._job.session, _LOOKED_AT)):
                if call.status == "ok" and DETAIL in call.detail:
                    model = str(call.detail[DETAIL].get("model", ""))
                    is_own = self._job.history is not None  # whose tokens the prompt counts
                    return model, 0 if is_own else call.usage.total_tokens
        return "", 0

    def _left_s(self) -> float:
        return (self._deadline - self._kit.now()).total_seconds()


def _forms(job: Job) -> Iterator[str]:
    """What a model is told beside the words: the form of its answer, and its tools."""
    import json

    if job.schema is not None:
        yield json.dumps(job.schema)
    if job.tools and job.tools.tools:
        yield json.dumps(tools.for_openai(job.tools))


def _as_billed(candidate: Candidate) -> Candidate:
    """What has billed an answer is not free, whatever is listed: it has its price, and budgets hold
    for it.
    """
    if not candidate.state.has_billed:
        return candidate
    return replace(candidate, model=replace(candidate.model, free=False))


def _told_of_its_bill(place: Place, result: Result) -> Result:
    """With a warning where a model costs money that is listed as free."""
    if not place.model.free or not was_billed(result.interaction):
        return result
    billed = money.shown(result.interaction.cost.nusd)
    told = f"{place.model.key} is listed as free and has billed {billed}"
    return replace(result, warnings=(*result.warnings, f"{told}: auto:free asks it no more"))
