"""Summaries that a model writes: checked before they are taken; rules write those that fail.

The conversation goes on in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ai_sessions.errors import AiSessionsError, ConfigError, LimitReached, LockBusy, ProviderError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import asking, checking
from ai_sessions.memory.items import Item
from ai_sessions.memory.summarizer import Draft, Fold, Summarizer
from ai_sessions.records import Json, Summary

#: After so many failures in a row the model is not asked any more in a session.
MOST_FAILURES = 3
#: What was not the model's failure: it is asked again the next time.
_NOT_ITS_FAULT = (ConfigError, LimitReached, LockBusy)
#: In the details of a summary: why the model did not write it, how often that happened in a row,
#: and which model it is.
_FAILED, _FAILURES, _BY = "failed", "failures", "by"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered, and which one it was."""

    text: str
    model: str = ""


#: Asks a model in a session of that name for an answer of a JSON schema. Raises `AiSessionsError`.
Ask = Callable[[str, str, Json], Answer]


class ModelSummarizer:
    """Asks a model, once more when its answer cannot be taken, then falls back. It is not asked
    again in a session where that was in vain `MOST_FAILURES` times in a row, unless somebody
    insists.
    """

    name = "model"
    needs_model = True

    def __init__(
        self,
        ask: Ask,
        fallback: Summarizer,
        by: str = "",
        window: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`by`: provider and model, as the settings name them: with another one failures are
        counted anew. `window`: tokens that it can hold at once; None: nobody knows.
        """
        self._ask, self._fallback, self._by, self._window = ask, fallback, by, window

    def fold(self, fold: Fold) -> Draft:
        """As `Summarizer` says; raises nothing that the fallback does not."""
        by_rules = self._fallback.fold(fold)
        failures = self._failures(fold.before)
        if failures >= MOST_FAILURES and not fold.insists:
            return self._failed(by_rules, f"not asked after {failures} failures", failures)
        try:
            draft = self._asked(fold)
        except _NOT_ITS_FAULT as error:
            return self._failed(by_rules, error.message, failures)
        except AiSessionsError as error:
            return self._failed(by_rules, error.message, failures + 1)
        return replace(draft, items=(*draft.items, *_commands(by_rules)))

    def _asked(self, fold: Fold) -> Draft:
        """Raises `ProviderError` when neither answer can be taken, and what `Ask` raises."""
        first = prompt = asking.prompt(fold, self._window())
        for _attempt in range(2):
            answer = self._ask(fold.session, prompt, asking.SCHEMA)
            draft, problems = _read(answer, fold)
            if draft and not problems:
                return draft
            prompt = asking.again(first, problems)
        raise ProviderError(f"its answers could not be taken: {problems[0]}")

    def _failures(self, before: Summary | None) -> int:
        """In a row, until now."""
        detail = before.detail if before else {}
        told = detail.get(_FAILURES)
        return told if detail.get(_BY) == self._by and type(told) is int else 0

    def _failed(self, by_rules: Draft, why: str, failures: int) -> Draft:
        failed = {_FAILED: why, _FAILURES: failures, _BY: self._by}
        return replace(by_rules, detail={**by_rules.detail, **failed})


def warning(summary: Summary) -> str:
    """What the user should be told of how a summary came about; empty: nothing."""
    detail: dict[str, Any] = dict(summary.detail)
    why, failures = detail.get(_FAILED), detail.get(_FAILURES)
    if not isinstance(why, str):
        return ""
    told = f"no summary by {detail.get(_BY) or 'the model'}, so rules wrote it: {why}"
    if type(failures) is not int or failures < MOST_FAILURES:
        return told
    return f"{told}; it is asked no more in this session, unless by: ai-session.sh summarize NAME"


def _read(answer: Answer, fold: Fold) -> tuple[Draft | None, list[str]]:
    """The summary in an answer, and what is wrong with it."""
    try:
        draft = asking.draft(answer.text, fold)
    except ValueError as error:
        return None, [str(error)]
    return replace(draft, model=answer.model), checking.problems(draft, fold)


def _commands(by_rules: Draft) -> tuple[Item, ...]:
    """Commands that passed are evidence, which no model needs to repeat."""
    return tuple(one for one in by_rules.items if one.kind == "command")
