"""What a statement is about, and whether a later one takes the place of an earlier one.

Words are compared by their stem. A later statement takes an earlier one's place when both give a
value of the same sort to the same subject: in nearly the same words, or in others when it says
that something changed ("now", "moved to"). What it takes back ("forget Kafka") is told apart.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from ai_sessions.memory.content_words import stems_of
from ai_sessions.memory.cues import Cues
from ai_sessions.memory.values import Value, values

_TAKEN_BACK = re.compile(
    r"\b(?:forget(?: about)?|drop(?:ped|ping)?|scrap(?:ped)?|ditch(?:ed)?|abandon(?:ed)?|skip"
    r"|no longer (?:use|using|need|want)|stop(?:ped)? using|instead of|rather than"
    r"|not (?:use|using)|(?:don't|do not|won't) use|reject(?:ed)?|rule(?:d)? out|cancel(?:l?ed)?"
    r"|move(?:d)? away from"
    r"|replac(?:e|es|ed|ing)|migrat(?:e|ed|ing) (?:away )?from|switch(?:ed)? (?:away )?from)"
    r"\s+(?:the |our |that |this |using )?(?P<what>[\w.+#/-]+)"
    r"|(?P<subject>[\w.+#/-]+) (?:is|was|are) (?:off the table|out|cancel(?:l)?ed|dropped|rejected"
    r"|obsolete"
    r"|ruled out|no longer (?:used|needed|an option))\b",
    re.IGNORECASE,
)
#: Values that tell things apart, where they are before the verb ("Bug 17 is fixed").
_NAMES = ("id", "number", "name", "version", "label")
#: Values that only a change replaces: "cluster-a" and "cluster-b" may both be used for one thing.
_ONLY_CHANGED = "label"
#: Values that are names as well, of a thing that a sentence tells another value of.
_THINGS = ("id", "label", "path", "url")
_VERB = re.compile(
    r"\b(?:is|are|was|were|will|has|have|had|must|may|can|shall|should|does|did|do)\b|[=:] ", re.I
)
#: Where a statement of several can be cut: each has a verb of its own.
_PART = re.compile(r"(?<=[.;])(?= )|(?<!,)(?=, [a-z]{3}|,? (?:and|but) [a-z]{3})")
_FEWEST_VALUES = 2
_CLAUSE_END = re.compile(r"[.,;!?] ")
_DEFINES = re.compile(
    r"\s+(?:now )?(?:is|are|owns|has|handles|may|can|will be|=)\b(?: now)?(?: the| our)?",
    re.IGNORECASE,
)
#: Parts of the words of two subjects that are the same, if nothing says that something changed and
#: if something does.
_CLOSE, _RELATED, _NEAR = 0.75, 0.5, 0.3
#: Words that both have where a number alone is another one.
_FEWEST_SHARED = 2
#: Words between which nothing but blanks is.
_RUN = re.compile(r"[\w'-]+(?: [\w'-]+)*")


class Statement:
    """A statement's words as they compare. Everything is found when it is first asked for."""

    def __init__(self, cues: Cues) -> None:
        self.cues = cues
        self.text = cues.text

    @cached_property
    def values(self) -> tuple[Value, ...]:
        return values(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of all that it says."""
        return frozenset(stems_of(self.text))

    @cached_property
    def given(self) -> dict[str, frozenset[str]]:
        """Its values by sort, without those before a verb: these are what it is about."""
        return self._by_sort(value for value in self.values if self._is_told(value))

    @cached_property
    def is_definition(self) -> bool:
        """Whether it says what its first value is: "Ada Byron is the reviewer"."""
        first = self.values[0] if self.values else None
        if not first or self.text[: first.start].strip().lower() not in ("", "only"):
            return False
        if first.sort in _THINGS and len(self.values) > 1:
            return False  # "worker-a has 4 threads" is about the worker
        return bool(_DEFINES.match(self.text, first.end))

    def _is_told(self, value: Value) -> bool:
        if self.is_definition:
            return True
        begins = [end.end() for end in _CLAUSE_END.finditer(self.text, 0, value.start)]
        begin = begins[-1] if begins else 0
        end = _CLAUSE_END.search(self.text, value.end)
        verb = _VERB.search(self.text, begin, end.start() if end else len(self.text))
        return value.start > begin and not (verb and value.start < verb.start())

    @property
    def defines(self) -> bool:
        """Whether it says of something what its value is."""
        return bool(self.given) and bool(_VERB.search(self.text))

    @cached_property
    def mentioned(self) -> dict[str, frozenset[str]]:
        """Its values by sort, without names and numbers of what it is about."""
        return self.given | self._by_sort(v for v in self.values if v.sort not in _NAMES)

    @cached_property
    def named(self) -> dict[str, frozenset[str]]:
        """The names and numbers of what it is about, by sort."""
        sorts = (*_NAMES, *_THINGS)
        return self._by_sort(v for v in self.values if v.sort in sorts and not self._is_told(v))

    def _by_sort(self, found: Iterable[Value]) -> dict[str, frozenset[str]]:
        by_sort: dict[str, set[str]] = {}
        for value in found:
            by_sort.setdefault(value.sort, set()).add(value.text)
        return {sort: frozenset(texts) for sort, texts in by_sort.items()}

    @cached_property
    def subject(self) -> frozenset[str]:
        """Stems of what it is about, without its values."""
        return frozenset(self.before)

    @cached_property
    def about(self) -> frozenset[str]:
        """Stems of its subject and of the names that it has: a name at the beginning of a sentence
        cannot be told from any other word there.
        """
        names = (stem for v in self.values if v.sort == "name" for stem in stems_of(v.text))
        return self.subject.union(names)

    @cached_property
    def numbered(self) -> dict[str, str]:
        """The number or version that stands right behind a name, where that is told."""
        return {
            one.text: two.text
            for one, two in itertools.pairwise(self.values)
            if one.sort == "name" and two.sort in ("number", "version")
            if two.start - one.end == 1 and self._is_told(two)
        }

    @cached_property
    def before(self) -> dict[str, frozenset[str]]:
        """Each stem of its subject with those that stand right before it: what kind of it is meant,
        as "launch" in "launch date".
        """
        text = self.text
        for value in reversed(self.values):
            if value.sort in self.mentioned:
                text = f"{text[: value.start]}.{text[value.end :]}"
        found: dict[str, set[str]] = {}
        for run in _RUN.findall(text):
            last = ""
            for word in run.split():
                known = list(stems_of(word))
                for kind, stem in zip((last, *known), known, strict=False):
                    found.setdefault(stem, set()).update([kind] if kind else [])
                last = known[-1] if known else ""
        return {stem: frozenset(kinds) for stem, kinds in found.items()}

    @property
    def is_choice(self) -> bool:
        return self.cues.kind in ("preference", "decision")

    @property
    def says_changed(self) -> bool:
        return "change" in self.cues.marks

    @cached_property
    def taken_back(self) -> frozenset[str]:
        """Stems of what it says is no longer so."""
        if "withdrawal" not in self.cues.marks:
            return frozenset()
        found = (match["what"] or match["subject"] for match in _TAKEN_BACK.finditer(self.text))
        return frozenset(stem for what in found for stem in stems_of(what))


def replaces(new: Statement, old: Statement) -> bool:
    """Whether `new`, which was said later, makes `old` out of date."""
    may_change = new.says_changed and _is_near(new, old)
    if "addition" in new.cues.marks:
        return False
    if not (may_change or is_close(new, old)):
        return new.says_changed and _has_other_number(new, old)
    if not may_change and _are_of_two(new, old):
        return False
    if may_change and _is_other_choice(new, old):
        return True
    known = old.mentioned if _is_surely_near(new, old) else _lasting(old.mentioned)
    is_other = may_change and _differ(new.mentioned, known)
    is_other = is_other or (is_close(new, old) and _differ(new.given, _lasting(old.given)))
    return is_other and not _is_of_another_kind(new, old)


def _has_other_number(new: Statement, old: Statement) -> bool:
    """Whether they have names in common, and another number behind one of them: "I bumped CI to
    Node 22" after "CI is on Node 18".
    """
    if len(new.about & old.about) < _FEWEST_SHARED or _is_of_another_kind(new, old):
        return False
    return any(
        old.numbered[name] != number
        for name, number in new.numbered.items()
        if name in old.numbered
    )


def _lasting(given: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Values that another one replaces even if nothing says that something changed."""
    return {sort: told for sort, told in given.items() if sort != _ONLY_CHANGED}


def _are_of_two(new: Statement, old: Statement) -> bool:
    """Whether more than one of their values differs: "bank 3 listens on port 803" and "bank 4
    listens on port 804" tell of two things, though nearly all words are the same.
    """
    told, known = ({value.text for value in one.values} for one in (new, old))
    return min(len(told - known), len(known - told)) > 1


def _is_other_choice(new: Statement, old: Statement) -> bool:
    """Whether both say how somebody wants the same, in words alone."""
    is_same = new.is_choice and new.cues.kind == old.cues.kind
    return is_same and (not new.given or bool(old.given))


def _is_near(new: Statement, old: Statement) -> bool:
    """Whether a change may well be one of what the other is about. Where one word alone is the same
    and it is of a kind only in the new one, as in "the upload limit", more has to be the same.
    """
    shared = new.subject & old.subject
    if len(shared) == 1 and any(new.before[one] and not old.before[one] for one in shared):
        return closeness(new, old) >= _RELATED
    return len(shared) >= max(1, _NEAR * min(len(old.subject), len(new.subject)))


def _is_surely_near(new: Statement, old: Statement) -> bool:
    """Whether more than half of what one of them is about is the same: in "refunds now go to table
    orders_v3" and "exports go to table orders_v2" it is not.
    """
    fewest = min(len(new.subject), len(old.subject))
    return 2 * len(new.subject & old.subject) > fewest


def is_close(new: Statement, old: Statement) -> bool:
    """Whether they are about the same in nearly the same words, or in several of them."""
    like = closeness(new, old)
    return like >= _CLOSE or (like >= _RELATED and len(new.subject & old.subject) > 1)


def _is_of_another_kind(new: Statement, old: Statement) -> bool:
    """Whether they are about two kinds of a thing, such as the launch date and the release date, or
    about two that have names: version 1.0 and version 2.0.
    """
    if any(
        new.named[sort].isdisjoint(names) for sort, names in old.named.items() if sort in new.named
    ):
        return True
    return any(
        new.before[stem] and old.before[stem] and not new.before[stem] & old.before[stem]
        for stem in new.subject & old.subject
    )


def closeness(new: Statement, old: Statement) -> float:
    """How much of their subjects is the same, from 0 to 1."""
    shared = len(new.subject & old.subject)
    return shared / (len(new.subject | old.subject) or 1)


def _differ(new: Mapping[str, frozenset[str]], old: Mapping[str, frozenset[str]]) -> bool:
    """Whether they have different values of a sort."""
    return any(new[sort] != told for sort, told in old.items() if sort in new)


def rest_of(old: Statement, new: Statement) -> str:
    """What `old` says beside a value that `new` replaced, an ellipsis for that; empty: nothing.

    "The codename is Heron and the deadline is Friday" keeps its codename when the deadline moves.
    """
    if len(old.values) < _FEWEST_VALUES:
        return ""
    said = {value.text for value in new.values}
    gone = {sort for sort in new.mentioned if old.mentioned.get(sort, frozenset()) - said}
    parts = _PART.split(old.text)
    stale = [part for part in parts if any(value.sort in gone for value in values(part))]
    most = max((_shared(part, new) for part in stale), default=0)
    told, kept = "", set[str]()
    for part in parts:
        is_gone = part in stale and _shared(part, new) == most
        told += " …" if is_gone else part
        kept.update(() if is_gone else [value.text for value in values(part)])
    return "" if told == old.text or said >= kept else told.strip()


def _shared(part: str, new: Statement) -> int:
    """How many words a part of a statement has of what another one is about."""
    return len(new.subject.intersection(stems_of(part)))
