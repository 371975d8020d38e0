"""What kind of statement a sentence is, by the words that people mark one with."""

from __future__ import annotations

import re

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.items import ItemKind

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
#: In the order in which the first one that is found decides. Words of languages with blanks.
_WORDS: dict[ItemKind, str] = {
    "constraint": r"must(?:n't)?|never|always|may only|(?:do|does) not|don't|cannot|can't|may not"
    r"|only (?:if|when|after|by|with|use|on|in|the|run|via)|not allowed|forbidden|prohibited"
    r"|under no circumstances|no more than|at (?:most|least)|requir(?:ed?|es)|mandatory|shall"
    r"|ha(?:s|ve) to|needs? to (?:be|stay|remain)|limit(?:ed)? (?:is|to|of)|capped|cap|ceiling"
    r"|deadline|due (?:by|on|date)|unless"
    r"|without (?:\w+ ){0,2}(?:approval|permission|consent|review)"
    r"|stays? (?:below|under|within)|^only|^no|^keep|^avoid"
    r"|niemals|d(?:a|ü)rf(?:en)? nicht|muss|müssen|immer|toujours|jamais|doit|nunca|siempre|debe",
    "decision": r"decided?|decision|we(?:'ll| will| shall)? (?:use|go with|choo?se|keep|adopt)"
    r"|let's (?:use|go|do|not|keep|stick|take)|go(?:ing)? with|settled? on|agreed|opted|chosen?"
    r"|switch(?:ed|ing)? to|migrat\w+ to|moved? to|instead of|rather than|reject(?:ed)?|ruled out"
    r"|forget(?: about)?|conclu\w+|approved|we are (?:using|keeping)"
    r"|entschieden|beschlossen|décidé|decidido",
    "preference": r"prefer(?:s|red|ence)?|i'd|i would (?:rather|like)|rather|favou?rites?"
    r"|(?:i|user|we|they) (?:really )?(?:like|love|hate|dislike|want)s?|wants?"
    r"|please (?:use|write|keep|make|answer|reply|always|never|avoid|stick|call|do not|don't)"
    r"|(?:answers?|repl(?:y|ies)|responses?) (?:in|should|with)"
    r"|lieber|bevorzug\w+|préfère|prefiero",
    "error": r"errors?|exceptions?|traceback|fail(?:s|ed|ures?|ing)?|crash(?:es|ed)?|broken|bugs?"
    r"|segfault|panic(?:ked)?|regression|timed out|does(?:n't| not) work|refused|fehler|erreur",
    "next": r"next|to-?do|remaining|still (?:need|have|open|missing|to)|then we|follow-?up|pending"
    r"|open (?:question|issue|point)|awaiting|waiting for|blocked (?:by|on)|after (?:this|that),"
    r"|in progress|currently|current task|nächste|ensuite|siguiente",
    "goal": r"goal|aim|objective|(?:our|your|the|my) (?:task|job|mission)|purpose is|working on"
    r"|(?:we|i) (?:want|need) (?:to|you to|a|an)|(?:implement|build|create|add|write) (?:a|an|the)"
    r"|ziel ist|objectif",
}
#: Of scripts without blanks, where a word has no edges.
_SIGNS: dict[ItemKind, str] = {
    "constraint": "必须|不要|不能|禁止|不得|してはいけ|しないで|必ず|必要があ",
    "decision": "决定|采用|選択|決めた|決定|採用",
    "preference": "喜欢|偏好|好き|希望",
    "error": "错误|失败|エラー|失敗",
    "next": "下一步|接下来|次は",
    "goal": "目标|目的|任务",
}
_KINDS = {
    kind: re.compile(rf"(?<![\w-])(?:{words})(?!\w)|{_SIGNS[kind]}", re.IGNORECASE)
    for kind, words in _WORDS.items()
}
_REASON = re.compile(
    r"\b(?:because|since|so that|as it|due to|the reason|therefore|otherwise|weil|parce que)\b"
    r"|因为|ため",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|might|could|for example|e\.g\.|i think|probably|what if|hypothetical\w*"
    r"|suppose|imagine|if you (?:want|like))\b",
    re.IGNORECASE,
)
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
    """`text`: the statement, without a label that says no more than its kind. `strength`: how many
    of the words were found that mark what is worth keeping.
    """

    kind: ItemKind
    text: str
    strength: float
    is_labelled: bool = False


def cues(text: str) -> Cues:
    """What marks a statement."""
    label = _LABEL.match(text)
    kind = _announced(label["label"]) if label else None
    if label and kind:
        return Cues(kind, text[label.end() :], 2.0 + _strength(text), True)
    found = _found(text)
    return Cues(found[0] if found else "said", text, len(found) / 2 + _strength(text))


def is_chatter(text: str) -> bool:
    """Whether it only keeps a conversation going."""
    return bool(_CHATTER.match(text))


def _announced(label: str) -> ItemKind | None:
    words = label.lower().split()
    return next((_LABELS[word] for word in reversed(words) if word in _LABELS), None)


def _found(text: str) -> list[ItemKind]:
    """The kinds that it has words of, the first of the table first."""
    return [kind for kind, pattern in _KINDS.items() if pattern.search(text)]


def _strength(text: str) -> float:
    strength = 0.5 if _REASON.search(text) else 0.0
    if _HEDGE.search(text):
        strength -= 0.7
    return strength - 1.5 if _ASKS.search(text) else strength
