"""Whether a summary that a model wrote can be taken: everything in it that rules can look up.

Each number, path, URL, id and quotation of a statement must stand in the messages that it names; it
contradicts neither state nor pins; and the whole is smaller than what it replaces. A lie in plain
words that are near enough to its source passes: what must not be lost or changed belongs in pins
and state, which every model is told verbatim.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ai_sessions.memory import asking, evidence, weights
from ai_sessions.memory.evidence import Source
from ai_sessions.memory.items import Item, of_summary
from ai_sessions.memory.summarizer import Draft, Fold

#: Problems that are told; a text of lies has more.
_MOST = 20
_SHOWN = 80
_NAMED = 3
#: Words that a statement begins with which would take back what is told verbatim.
_AGAINST_US = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget|overrid\w*|no longer (?:appl\w+|valid|bind\w*|hold\w*))\b",
    re.I,
)
_OURS = re.compile(r"\b(?:pins?|pinned|instructions?|system prompts?|rules?|constraints?)\b", re.I)
_NOT = re.compile(r"\b(?:not|no|never|none|without|cannot)\b|n't\b", re.I)
#: Part of a pin's own words that a statement has which is about the same.
_SAME = 0.8
_IS = r"\s*(?:=|:|->|→|\bis\b(?:\s+now)?|\bwas set to\b|\bset to\b)\s*[\"'`]?"
_SURELY = r"\s*(?:=|->|→|\bis set to\b|\bis now\b|\bwas set to\b|\bset to\b)\s*[\"'`]?"
_VALUE = r"([^\s\"'`,;]+)"
_YES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_YES |= {"enabled": True, "disabled": False}


def problems(draft: Draft, fold: Fold) -> list[str]:
    """Why a summary cannot be taken, in words for the model that wrote it; empty: it can."""
    own = [one for one in draft.items if one.kind != "command"]
    if not draft.text.strip() or not own:
        return ["the summary is empty"]
    if too_large := list(_of_size(draft, fold)):  # nothing in it has to be looked up then
        return too_large
    found = list(_of_commands(draft, fold))
    sources, pins = _sources(draft, fold), [_Pin(one) for one in fold.pins]
    for number, one in enumerate(own, 1):
        told = [*_of_sources(one, sources), *_of_state(one, fold), *_of_pins(one, pins)]
        found += [f"item {number} ({_short(one.text)}) {problem}" for problem in told]
    return found[:_MOST]


def _of_size(draft: Draft, fold: Fold) -> Iterator[str]:
    size = fold.count(draft.text)
    if size > fold.most_tokens:
        yield f"the summary has {size:,} tokens, at most {fold.most_tokens:,} are allowed"
    replaced = weights.weigh_all(fold.messages, fold.count)
    replaced += weights.weigh_text(fold.before.text, fold.count) if fold.before else 0
    if weights.weigh_text(draft.text, fold.count) >= replaced:
        yield f"the summary has {size:,} tokens, what it replaces has {replaced:,}"


def _of_commands(draft: Draft, fold: Fold) -> Iterator[str]:
    """Commands are collected by rules, from messages or from the summary before."""
    carried = set(of_summary(fold.before.items)) if fold.before else set()
    texts = {message.id: weights.told(message) for message in fold.messages}
    for one in draft.items:
        if one.kind == "command" and one not in carried:
            said = "\n".join(texts.get(id_, "") for id_ in one.sources)
            if " ".join(one.text.split()) not in " ".join(said.split()):
                yield f"no message has the command {_short(one.text)}"


def _sources(draft: Draft, fold: Fold) -> dict[str, Source]:
    """What was said, by the ids that statements name."""
    named = {id_ for one in draft.items for id_ in one.sources}
    found: dict[str, list[str]] = defaultdict(list)
    for one in asking.known_items(fold):
        for id_ in named.intersection(one.sources):
            found[id_].append(f"{one.at} {one.text}")
    return {id_: evidence.source("\n".join(texts)) for id_, texts in found.items()}


def _of_sources(item: Item, sources: Mapping[str, Source]) -> Iterator[str]:
    if not any(map(str.isalnum, item.text)):
        yield "says nothing"
    if not item.sources:
        yield "names no message that it is from"
        return
    unknown = [id_ for id_ in item.sources if id_ not in sources]
    if unknown:
        yield f"names messages that are not there: {_listed(unknown)}"
        return
    told = [sources[id_] for id_ in item.sources]
    if missing := evidence.missing(item.text, *told):
        yield f"has what its messages do not say: {_listed(missing)}"
    elif not evidence.is_about(item.text, *told):
        yield "is about something else than its messages"


def _of_state(item: Item, fold: Fold) -> Iterator[str]:
    for key, value in fold.state.items():
        told = _another(item.text, str(key), value)
        if told:
            is_so = json.dumps(value, ensure_ascii=False, default=str)
            yield f"says that {_short(key)} is {_short(told)}, but the state has {_short(is_so)}"


def _another(text: str, key: str, value: Any) -> str:
    """The other value that a text gives to a variable; empty: none."""
    if not key.strip() or not isinstance(value, (str, int, float)):
        return ""
    name = r"[\s_.-]+".join(map(re.escape, re.split(r"[\s_.-]+", key.strip("_.- "))))
    is_ = _SURELY if isinstance(value, str) else _IS
    for found in re.finditer(rf"(?<!\w){name}[\"'`]?{is_}{_VALUE}", text, re.I):
        told = found[1].strip(".,;:!?()[]{}")
        if _differs(told, value):
            return told
    return ""


def _differs(told: str, value: str | float) -> bool:
    if isinstance(value, bool):
        return _YES.get(told.casefold(), value) != value
    if isinstance(value, str):
        return told.casefold() not in value.casefold()
    try:
        return float(told.replace(",", "")) != value
    except ValueError:
        return False


class _Pin:
    """A statement to compare with a pin, or a pin."""

    def __init__(self, text: str) -> None:
        self.text, self.denies = text, bool(_NOT.search(text))
        source = evidence.source(_NOT.sub(" ", text))
        self.words, self.numbers = source.words, source.numbers

    def contradicts(self, pin: _Pin) -> bool:
        """Whether it has the words of a pin, and denies them or has other numbers."""
        if not pin.words or len(pin.words & self.words) < _SAME * len(pin.words):
            return False
        if self.denies != pin.denies:
            return True
        return bool(self.numbers and pin.numbers and not self.numbers & pin.numbers)


def _of_pins(item: Item, pins: Sequence[_Pin]) -> Iterator[str]:
    if _AGAINST_US.search(item.text) and _OURS.search(item.text):
        yield "speaks against what is pinned or told to the model: leave it out"
    told = _Pin(item.text)
    for pin in pins:
        if told.contradicts(pin):
            yield f"contradicts what is pinned: {_short(pin.text)}"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(map(_short, values[:_NAMED]))


def _short(text: str) -> str:
    flat = " ".join(str(text).split())
    return flat if len(flat) <= _SHOWN else f"{flat[: _SHOWN - 1]}…"
