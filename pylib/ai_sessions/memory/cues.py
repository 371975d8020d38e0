"""What kind of statement a sentence is, and how much it looks like one to keep."""

from __future__ import annotations

import re

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.items import ItemKind
from ai_sessions.memory.phrases import KINDS, Mark, marks

_LABEL = re.compile(r"(?P<label>[^\W\d_][\w'/-]*(?: [\w'/-]+){0,2}) ?[:\uff1a] +(?=\S)")
#: Words of a label ("Decision: ...") by the kind that it announces.
_LABEL_WORDS: dict[ItemKind, str] = {
    "goal": "goal goals task aim objective purpose mission",
    "constraint": "constraint constraints rule rules requirement requirements must limit limits"
    " restriction policy important warning caution deadline budget",
    "decision": "decision decisions decided agreed resolution conclusion adr",
    "preference": "preference preferences style",
    "fact": "fact facts note notes info fyi remember reminder context value update",
    "error": "error errors bug problem failure issue blocker",
    "next": "next todo todos pending open status remaining followup follow-up state progress",
}
_LABELS = {word: kind for kind, words in _LABEL_WORDS.items() for word in words.split()}
_ASKS = re.compile(r"[?\uff1f][\"')\]*_ ]*$")
_CHATTER = re.compile(
    r"(?:ok(?:ay)?|yes|no|yep|sure|thanks?(?: you)?(?: .{0,20})?|great|good|nice|perfect|done"
    r"|noted(?: .{0,24})?|got it|understood|acknowledged|will do|sounds good|go (?:on|ahead)"
    r"|continu\w+(?: .{0,30})?|hi|hello|hey|sorry|of course|certainly|absolutely"
    r"|you're (?:right|welcome)|(?:now )?(?:let me|i'll|i will) (?:check|look|run|read|start|see"
    r"|try|verify|continue|do|fix) .*|好的?|谢谢|はい|了解.*)[.!…,:。\uff01]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cues:
    """`text`: the statement, without a label that says no more than its kind. `strength`: how much
    it is marked as worth keeping; below 0: as a question or a guess.
    """

    kind: ItemKind
    text: str
    strength: float
    marks: frozenset[Mark]
    is_labelled: bool = False
    is_question: bool = False


def cues(text: str) -> Cues:
    """What marks a statement."""
    label = _LABEL.match(text)
    announced = _announced(label["label"]) if label else None
    if label and announced:
        text = text[label.end() :]
    found = marks(text)
    kinds = [kind for kind in KINDS if kind in found]
    kind = announced or (kinds[0] if kinds else "said")
    asks = bool(_ASKS.search(text))
    strength = len(kinds) / 2 + 0.5 * ("reason" in found) - 0.7 * ("guess" in found) - 1.5 * asks
    return Cues(kind, text, strength, found, bool(announced), asks)


def is_chatter(text: str) -> bool:
    """Whether it only keeps a conversation going."""
    return bool(_CHATTER.match(text))


def _announced(label: str) -> ItemKind | None:
    words = label.lower().split()
    return next((_LABELS[word] for word in words if word in _LABELS), None)
