"""Words and phrases by which people mark what they say: a rule, a decision, a change, a guess.

Plain tables, looked up word by word: many sentences are asked for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ai_sessions.memory.items import ItemKind

Mark = ItemKind | Literal["reason", "guess", "change", "addition", "withdrawal"]

#: Phrases by what they mark, separated by commas. `^`: only as the first word of a sentence.
_PHRASES: dict[Mark, str] = {
    "constraint": """
        must, mustn't, never, always, may only, can only, may not, cannot, can't, do not,
        does not, don't, only if, only when, only after, only by, only with, only use, only
        on, only in, only run, only via, not allowed, isn't allowed, aren't allowed,
        forbidden, prohibited, banned, under no circumstances, no more than, at most, at
        least, require, requires, required, mandatory, shall, has to, have to, needs to be,
        need to be, needs to stay, limited to, limit is, limit of, capped, cap, ceiling,
        maximum, minimum, deadline, due by, due on, due date, unless, not without, approval,
        permission, consent, stay below, stays below, stay under, within, read-only,
        compliance, ^only, ^no, ^keep, ^avoid, ^ensure, niemals, darf nicht, dürfen nicht,
        muss, müssen, immer, toujours, jamais, doit, nunca, siempre, debe""",
    "decision": """
        decide, decided, decision, we'll use, we will use, we use, we go with, we'll go
        with, we choose, we chose, we keep, we adopt, we adopted, let's use, let's go, let's
        do, let's not, let's keep, let's stick, let's take, go with, going with, went with,
        settle on, settled on, agreed, opted, chose, chosen, switch to, switched to,
        switching to, migrate to, migrated to, migrating to, moved to, move to, instead of,
        rather than, reject, rejected, ruled out, forget, conclude, concluded, conclusion,
        approved, we are using, we're using, entschieden, beschlossen, décidé, decidido""",
    "preference": """
        prefer, prefers, preferred, preference, i'd like, i'd rather, would like, would
        rather, rather, favourite, favorite, i like, i love, i hate, i dislike, i want, user
        wants, user likes, wants, please use, please write, please keep, please make, please
        answer, please reply, please always, please never, please avoid, please stick,
        please call, please do not, please don't, answers in, answer in, reply in, replies
        in, responses in, lieber, bevorzuge, bevorzugt, préfère, prefiero""",
    "error": """
        error, errors, exception, exceptions, traceback, fail, fails, failed, failure,
        failures, failing, crash, crashes, crashed, broken, bug, bugs, segfault, panic,
        panicked, regression, timed out, doesn't work, does not work, refused, fehler,
        erreur""",
    "next": """
        next, todo, to-do, remaining, still need, still have, still open, still missing,
        still to, then we, follow-up, pending, open question, open issue, open point,
        awaiting, waiting for, blocked by, blocked on, after this, after that, in progress,
        currently, current task, nächste, nächster, ensuite, siguiente""",
    "goal": """
        goal, goals, aim, objective, our task, your task, the task, my task, your job,
        mission, purpose is, working on, we want, we need, i want you, i need, implement,
        build a, build an, build the, create a, create an, create the, add a, add an, add
        the, write a, write an, write the, ziel ist, objectif""",
    "reason": """
        because, since, so that, due to, the reason, therefore, otherwise, that's why, weil,
        parce que, porque""",
    "guess": """
        maybe, perhaps, might, could, for example, e.g, i think, i guess, probably, what if,
        suppose, imagine, if you want, if you like, vielleicht, peut-être""",
    "change": """
        now, from now on, from here on, from today on, as of, no longer, anymore, any more,
        instead, rather, actually, changed, moved, switched, renamed, rotated, replaced,
        bumped, raised, lowered, increased, reduced, postponed, rescheduled, delayed,
        extended, shifted, swapped, migrated, rebased, upgraded, downgraded, reassigned,
        corrected, update, updated, correction, new, changed my mind, jetzt, nicht mehr,
        stattdessen, maintenant, désormais, ahora, doubled, tripled, halved, grew, shrank,
        slipped, pushed back, pushed to, brought forward, cut to, cut down, dropped to, down
        to, went up, went down, turned down, turned up, turned it down, turned it up, set it
        to, swapped for, in place of, change of plan, change of plans, ^raise, ^bump, ^increase,
        ^lower, ^reduce, ^extend""",
    "addition": "also, another, additional, additionally, as well, too, second, further, plus",
    "withdrawal": """
        forget, drop, dropped, dropping, scrap, scrapped, ditch, ditched, abandon,
        abandoned, no longer use, no longer using, no longer need, no longer want, stop
        using, stopped using, instead of, rather than, not use, not using, don't use, won't
        use, reject, rejected, rule out, ruled out, cancel, canceled, cancelled, away from,
        replace, replaces, replaced, replacing, migrated from, migrating from, switched
        from, switch from, off the table, is out, was out, are out, obsolete, not an option""",
}  # fmt: skip
#: The same of scripts without blanks, where a word has no edges.
_SIGNS: dict[Mark, str] = {
    "constraint": "必须|不要|不能|禁止|不得|してはいけ|しないで|必ず|必要があ",
    "decision": "决定|采用|選択|決めた|決定|採用",
    "preference": "喜欢|偏好|好き|希望",
    "error": "错误|失败|エラー|失敗",
    "next": "下一步|接下来|次は",
    "goal": "目标|目的|任务",
    "reason": "因为|ため",
    "change": "改为|改成|现在|不再|に変更|今は",
}
#: Two words of which the second one tells what was or what is believed, and marks no rule.
_NO_RULE = frozenset(
    (first, second)
    for first, seconds in (
        *((who, "never don't") for who in ("was", "were", "has", "have", "had")),
        *((who, "don't do cannot can't") for who in ("i", "we", "you", "they", "people")),
        *((who, "must") for who in ("it", "that", "there")),
    )
    for second in seconds.split()
)
#: Words behind a "too" that adds something; behind others it is of a measure ("too noisy").
_BEHIND_TOO = frozenset(
    ("and", "but", "or", "so", "now", "for", "in", "on", "at", "as", "because", "since", "when")
)
#: "Never needed" is of the past, "never exceed" is a rule.
_PAST = re.compile(r"(?!(?:ex|pro|suc)ceed|need|feed|embed|speed)\w+ed")
#: Kinds in the order in which the first one that is marked decides.
KINDS: tuple[ItemKind, ...] = ("constraint", "decision", "preference", "error", "next", "goal")

_WORD = re.compile(r"[\w'-]*\w")
_SIGN = {mark: re.compile(signs) for mark, signs in _SIGNS.items()}


def _by_first_word() -> dict[str, list[tuple[list[str], Mark]]]:
    found: dict[str, list[tuple[list[str], Mark]]] = {}
    for mark, phrases in _PHRASES.items():
        for phrase in phrases.split(","):
            words = phrase.split()
            found.setdefault(words[0], []).append((words, mark))
    return found


_BY_FIRST_WORD = _by_first_word()


def marks(text: str) -> frozenset[Mark]:
    """What a sentence is marked as."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    found = set(_in_words(words))
    if not text.isascii():
        found.update(mark for mark, signs in _SIGN.items() if signs.search(text))
    return frozenset(found)


def _in_words(words: list[str]) -> Iterator[Mark]:
    if words:
        yield from (mark for _, mark in _BY_FIRST_WORD.get(f"^{words[0]}", ()))
    for at, word in enumerate(words):
        for phrase, mark in _BY_FIRST_WORD.get(word, ()):
            if len(phrase) > 1 and words[at : at + len(phrase)] != phrase:
                continue
            if mark == "addition" and _is_measure(words, at):
                continue
            if mark != "constraint" or not _is_no_rule(words, at):
                yield mark


def _is_measure(words: list[str], at: int) -> bool:
    """Whether a "too" tells how much of something there is."""
    return words[at] == "too" and at + 1 < len(words) and words[at + 1] not in _BEHIND_TOO


def _is_no_rule(words: list[str], at: int) -> bool:
    """Whether a word that marks rules tells something else here."""
    if at and (words[at - 1], words[at]) in _NO_RULE:
        return True
    return words[at] == "never" and bool(_PAST.fullmatch("".join(words[at + 1 : at + 2])))
