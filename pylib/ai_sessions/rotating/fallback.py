"""Who is asked when a model is not there: the next of a list, and nobody outside of it.

Not there is a model without a key, one that its server does not know, one whose server is away. A
model that has begun to answer, or refuses to, is there: what it says is what the call comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, NoReturn

from ai_sessions import ids
from ai_sessions.errors import AiSessionsError, ConfigError, NotFound, ProviderError
from ai_sessions.jobs import Rotates
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.contract import Event, Provider, Quirks, Reply, Request, Watch

if TYPE_CHECKING:
    from ai_sessions.jobs import Job, Kit, Once, Result

NAME = "fallback"
#: In the details of a call: who was to answer before, and why it did not.
DETAIL = "instead_of"
_HINT = "set one of these keys, or name another model"
#: How a call ends whose model cannot be asked by this user.
_NOT_THERE = ("auth", "model")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who may answer. `made`: the provider with the name of its model; raises `ConfigError`,
    `ProviderError` or `NotFound` when it cannot be asked.
    """

    name: str
    """For people: `anthropic:sonnet`, `ollama`."""
    made: Callable[[], tuple[Provider, str]]


@dataclass(frozen=True, slots=True)
class Fallback:
    """A provider that asks the first of some that is there."""

    answerers: Sequence[Answerer]
    """At least one, in their order."""
    asking: Callable[[Provider], None] = lambda _provider: None
    """Told who is asked, before."""
    name: str = NAME
    quirks: Quirks = field(default_factory=lambda: Quirks(keeps_context=False, edits_files=False))

    def run(self, request: Request, watch: Watch) -> Reply:  # noqa: ARG002 (nobody is asked)
        """Never called: the line hands over to `attempt`."""
        raise ConfigError(f"{self.name} chooses who answers, it does not answer itself")

    def attempt(self, job: Job, kit: Kit, once: Once) -> Result:
        """As `run.attempt`; the calls of those that were not there are in `Result.before`.

        Raises `ConfigError` when none could be called, with each and why; what only one of them
        raises is raised as it is.
        """
        return _Request(self, job if job.id else replace(job, id=ids.new()), kit, once).answered()


class _Request:
    """One request, and who was asked for it."""

    def __init__(self, fallback: Fallback, job: Job, kit: Kit, once: Once) -> None:
        self._fallback, self._job, self._kit, self._once = fallback, job, kit, once
        self._why: dict[str, str] = {}
        """Who was not there -> why."""
        self._error: AiSessionsError | None = None
        self._last: Result | None = None

    def answered(self) -> Result:
        for one in self._fallback.answerers:
            if self._why:
                name, why = list(self._why.items())[-1]
                self._kit.watch(Event("switch", f"{name}: {why}; asking {one.name}"))
            result = self._asked(one)
            if result:
                return self._told(one, result)
        return self._nobody()

    def _asked(self, one: Answerer) -> Result | None:
        """None: it is not there."""
        try:
            provider, model = one.made()
            self._fallback.asking(provider)
            result = self._called(provider, replace(self._of_request(), model=model))
        except (ConfigError, ProviderError, NotFound) as error:  # nothing was called
            self._passed(one, error)
            return None
        before = (*self._last.before, self._last.interaction) if self._last else ()
        self._last = replace(result, before=(*before, *result.before))
        if result.error and is_not_there(result):
            self._passed(one, result.error)
            return None
        return self._last

    def _called(self, provider: Provider, job: Job) -> Result:
        if isinstance(provider, Rotates):
            return provider.attempt(job, self._kit, self._once)
        return self._once(job, provider, self._kit)

    def _of_request(self) -> Job:
        """The job for the next one. Further calls have ids of their own, and name the first."""
        detail = {DETAIL: [{"model": name, "why": why} for name, why in self._why.items()]}
        job = replace(self._job, detail={**self._job.detail, **detail}) if self._why else self._job
        return replace(job, id=ids.new(), request=self._job.id) if self._last else job

    def _passed(self, one: Answerer, error: AiSessionsError) -> None:
        """Errors of a provider begin with its name, as its own does."""
        provider = one.name.partition(":")[0]
        self._why[one.name] = error.message.removeprefix(f"{provider}: ")
        self._error = error

    def _told(self, one: Answerer, result: Result) -> Result:
        """With a warning where it is not the one that was wanted."""
        if not self._why:
            return result
        answers = f"{one.name} {'was asked' if result.error else 'answers'} instead"
        return replace(result, warnings=(f"{self._reasons()}; {answers}", *result.warnings))

    def _reasons(self) -> str:
        """Those with the same reason stand together."""
        names: dict[str, list[str]] = {}
        for name, why in self._why.items():
            names.setdefault(why, []).append(name)
        return "; ".join(f"{', '.join(found)}: {why}" for why, found in names.items())

    def _nobody(self) -> Result:
        if self._last is None:
            self._refused()
        if len(self._why) == 1:
            return self._last
        return replace(
            self._last, error=ProviderError(f"no model is there: {self._reasons()}", _HINT)
        )

    def _refused(self) -> NoReturn:
        if len(self._why) == 1 and self._error:
            raise self._error
        raise ConfigError(f"no model is there: {self._reasons()}", _HINT)


def is_not_there(result: Result) -> bool:
    """Whether a call that failed says that its model cannot be asked at all."""
    failure = result.reply.failure if result.reply else None
    if failure is None or result.text or (result.reply and result.reply.tool_calls):
        return False
    return failure.status in _NOT_THERE or (failure.status == "network" and failure.refused)
