"""What the assistant is told to do for itself: meet a person, forget them, prefer a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sessions.assistant import creating, greeting
from ai_sessions.cli import listing
from ai_sessions.cli.assistant import prompts, showing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sessions.assistant.service import Assistant
    from ai_sessions.cli.output import Output
    from ai_sessions.rotation.records import Ranked

_HEAD, _SCORE = "model", "score"


def init(
    out: Output, assistant: Assistant, name: str | None, called: str | None, model: str | None
) -> None:
    """Make a profile, or change the one that is there: what is not given is asked."""
    known, given = assistant.profile(), creating.Answers(name, called, model)
    answers = creating.ask(
        prompts.asker(out), lambda text: out.aside(out.typed(text)), assistant.models, known, given
    )
    profile = assistant.create(answers.name or "", answers.assistant or "", answers.model or "")
    if None in (name, called, model):
        out.aside("")
    showing.say(out, f"✅ Session {'changed' if known else 'created'}!")
    showing.say(out, greeting.hello(profile))
    out.result({"profile": showing.facts(profile), "created": known is None})


def suggest(out: Output, assistant: Assistant, explain: bool, large_context: bool) -> None:
    """Say which model is best now; `explain`: and what the score of each is the sum of."""
    found = assistant.suggest(large_context=large_context)
    showing.say(out, f"🎯 Recommended model: {found.model.display_name}")
    if explain:
        _explain(out, assistant, found.ranked)
    out.result(
        {
            "model": found.model.key,
            "display_name": found.model.display_name,
            "ranked": [_plain(one) for one in found.ranked],
        }
    )


def favorite(out: Output, assistant: Assistant, model: str) -> None:
    found = assistant.favourite(model)
    _told(out, assistant, f"🎯 {found.display_name} is a favorite now")


def unfavorite(out: Output, assistant: Assistant, model: str) -> None:
    found = assistant.unfavourite(model)
    _told(out, assistant, f"{found.display_name} is no favorite now")


def reset(out: Output, assistant: Assistant) -> None:
    """Forget the person. What was used stays counted, and that is said."""
    was_there = assistant.reset()
    showing.say(out, "✅ Session reset!" if was_there else "there was no session to reset")
    out.note(out.typed("what was used of each model is still counted (assistant.sh --stats)"))
    out.result({"reset": was_there, "usage_kept": True})


def _told(out: Output, assistant: Assistant, text: str) -> None:
    showing.say(out, text)
    out.result({"profile": showing.facts(showing.required(assistant))})


def _explain(out: Output, assistant: Assistant, ranked: Sequence[Ranked]) -> None:
    """A line for each model with its score and the terms of it, then those that may not answer."""
    terms = list(dict.fromkeys(name for one in ranked for name in one.terms))
    rows = [(_HEAD, _SCORE, *terms)]
    for one in ranked:
        values = [_term(one.terms.get(name)) for name in terms]
        if not one.excluded:
            rows.append((assistant.title(one.model), f"{one.score:.2f}", *values))
    out.say(f"\n{listing.table(out, rows, terms[::-1])}")
    left_out = [one for one in ranked if one.excluded]
    if left_out:
        lines = [f"  {assistant.title(one.model)}: {one.excluded}" for one in left_out]
        out.say("\n".join(["", "Not now:", *lines]))


def _term(value: float | None) -> str:
    """A part of a score with its sign; empty when it is no part of it."""
    shown = "" if value is None else f"{value:+.2f}"
    return "0.00" if shown in ("+0.00", "-0.00") else shown


def _plain(one: Ranked) -> dict[str, Any]:
    return {
        "model": one.model,
        "score": one.score,
        "terms": dict(one.terms),
        "excluded": one.excluded or None,
    }
