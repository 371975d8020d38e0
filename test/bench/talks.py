"""Long conversations of a developer in which facts are planted, for `test/bench/memory`.

Facts and remarks are in memory_facts.toml and memory_remarks.toml. The same seed gives the same
conversation; `tuned` and `other` are the two wordings of its facts.
"""

import json
import random
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "pylib"))

from ai_sessions.records import Message, ToolCall  # noqa: E402

WORDINGS = ("tuned", "other")
MESSAGES, FACTS = 240, 15
#: Every so many conversations have a tool result larger than the limit, of so many lines.
HUGE_EVERY, HUGE_LINES = 3, 600
#: How often a turn of remarks comes between two facts, has tools at work, and two of them at once.
BETWEEN, TOOLS, PARALLEL = 0.5, 0.45, 0.25
#: Remarks of an answer.
REMARKS = 4
_read = {
    name: tomllib.loads((HERE / f"memory_{name}.toml").read_text()) for name in ("facts", "remarks")
}
_common = frozenset(_read["remarks"]["common"])


@dataclass(frozen=True)
class Fact:
    """`values`: all of them have to be told; `stale`: what must not be told in their place."""

    kind: str
    values: tuple[str, ...]
    stale: tuple[str, ...]
    asked: str
    wording: dict[str, Any]
    whole: dict[str, Any]

    @property
    def shares_a_word(self) -> bool:
        """Whether the question has a word of the fact, singular or plural."""
        said = [self.wording.get(part, "") for part in ("said", "update", "output")]
        command = self.values if self.kind == "command" else ()
        called = json.dumps(self.wording.get("call", ""))
        return bool(_words(" ".join([*said, *command, called])) & _words(self.asked))

    def is_told(self, text: str) -> bool:
        return all(value in text for value in self.values)

    def stale_lines(self, text: str) -> list[str]:
        """Lines that tell the old value without the new one."""
        lines = [line for line in text.split("\n") if not self.is_told(line)]
        return [line for line in lines if any(old in line for old in self.stale)]


@dataclass(frozen=True)
class Talk:
    """`turns`: each begins with a message of the user. `planted`: how many messages there are up to
    the last fact.
    """

    seed: int
    wording: str
    turns: tuple[tuple[Message, ...], ...]
    facts: tuple[Fact, ...]
    planted: int


def plant(facts: Path) -> None:
    """Take the facts of another file."""
    _read["facts"] = tomllib.loads(facts.read_text())


def talk(seed: int, wording: str) -> Talk:
    """One conversation. Two wordings of a seed have the same facts in the same order."""
    facts = _chosen(random.Random(seed), wording)  # noqa: S311 (no secret)
    writer = _Writer(random.Random(f"{seed} {wording}"))  # noqa: S311 (no secret)
    turns: list[tuple[Message, ...]] = []
    for fact, is_update in _order(facts):
        if writer.chance.random() < BETWEEN:
            turns.append(writer.remarks())
        turns.append(writer.fact(fact, is_update))
    planted = _length(turns)
    huge = planted + 60 if seed % HUGE_EVERY == 0 else 0
    while _length(turns) < MESSAGES:
        is_due = huge and _length(turns) >= huge
        turns.append(writer.huge() if is_due else writer.remarks())
        huge = 0 if is_due else huge
    made = Talk(seed, wording, tuple(turns), facts, planted)
    _check(made)
    return made


def every_fact(wording: str) -> list[Fact]:
    return [_fact(one, wording) for one in _read["facts"]["fact"]]


def _chosen(chance: random.Random, wording: str) -> tuple[Fact, ...]:
    """One of each kind, and others."""
    pool = every_fact(wording)
    chance.shuffle(pool)
    kinds: dict[str, Fact] = {}
    for fact in pool:
        kinds.setdefault(fact.kind, fact)
    others = [fact for fact in pool if fact is not kinds[fact.kind]]
    chosen = [*kinds.values(), *others[: FACTS - len(kinds)]]
    chance.shuffle(chosen)
    return tuple(chosen)


def _order(facts: Iterable[Fact]) -> Iterator[tuple[Fact, bool]]:
    """Each fact, then the new values of those that have one."""
    facts = list(facts)
    yield from ((fact, False) for fact in facts)
    yield from ((fact, True) for fact in facts if "update" in fact.wording)


def _fact(whole: dict[str, Any], wording: str) -> Fact:
    its = whole[wording]
    stale = tuple(whole.get("stale", ()))
    return Fact(whole["kind"], tuple(whole["values"]), stale, its["asked"], its, whole)


class _Writer:
    """Fills in what is left open in the remarks."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self._calls = chance, 0
        self._words = _read["remarks"]

    def remarks(self) -> tuple[Message, ...]:
        """A turn that says nothing worth keeping."""
        used = []
        if self.chance.random() < TOOLS:
            count = 2 if self.chance.random() < PARALLEL else 1
            used = self._used([self.chance.choice(self._words["calls"]) for _ in range(count)])
        return (Message("user", self._one("user")), *used, self._answer())

    def fact(self, fact: Fact, is_update: bool) -> tuple[Message, ...]:
        its = fact.wording
        if is_update:
            return (Message("user", its["update"]), self._answer())
        if fact.whole.get("by") == "assistant":
            return (Message("user", self._one("user")), Message("assistant", its["said"]))
        return (Message("user", its["said"]), *self._tools(fact), self._answer())

    def huge(self) -> tuple[Message, ...]:
        """A turn with more than a model may be told."""
        lines = "\n".join(self._filled("{n}: {part} {thing} {verb} ok") for _ in range(HUGE_LINES))
        called = {"tool": "read_file", "arguments": {"path": "log/app.log"}, "output": lines}
        return (Message("user", "Read the log, please."), *self._used([called]), self._answer())

    def _tools(self, fact: Fact) -> Iterator[Message]:
        if fact.kind == "command":
            if failed := fact.whole.get("failed"):
                output = "error: it stopped\nexit code: 2"
                yield from self._used([_command(failed, output) | {"error": True}])
            yield from self._used([_command(fact.values[0], fact.wording["output"])])
        elif fact.kind == "result":
            called = {"tool": fact.whole["tool"], "arguments": fact.wording["call"]}
            yield from self._used([called | {"output": fact.wording["output"]}])

    def _used(self, calls: list[dict[str, Any]]) -> list[Message]:
        """An assistant that calls tools, and their results."""
        made, results = [], []
        for call in calls:
            self._calls += 1
            number = f"call_{self._calls}"
            blanks = self._blanks()
            arguments = {key: _fill(text, blanks) for key, text in call["arguments"].items()}
            made.append(ToolCall(number, call["tool"], arguments))
            output, failed = _fill(call["output"], blanks), call.get("error", False)
            results.append(
                Message("tool", output, name=call["tool"], tool_call_id=number, is_error=failed)
            )
        return [Message("assistant", "", tool_calls=tuple(made)), *results]

    def _answer(self) -> Message:
        return Message("assistant", " ".join(self._one("assistant") for _ in range(REMARKS)))

    def _one(self, role: str) -> str:
        return self._filled(self.chance.choice(self._words[role]))

    def _filled(self, text: str) -> str:
        return _fill(text, self._blanks())

    def _blanks(self) -> dict[str, str]:
        words = {key: self.chance.choice(self._words[key]) for key in ("part", "thing", "verb")}
        return words | {"n": str(self.chance.randrange(11, 90))}


def _command(command: str, output: str) -> dict[str, Any]:
    return {"tool": "bash", "arguments": {"command": command}, "output": output}


def _fill(text: str, blanks: dict[str, str]) -> str:
    return re.sub(r"\{(part|thing|verb|n)\}", lambda found: blanks[found[1]], text)


def _length(turns: Iterable[tuple[Message, ...]]) -> int:
    return sum(map(len, turns))


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[a-z0-9]+", text.lower())} - _common


def _check(made: Talk) -> None:
    """A value that is said by chance, or by the question, proves nothing."""
    for fact in made.facts:
        own = {fact.wording["said"], fact.wording.get("update", "")}
        others = (turn for turn in made.turns if own.isdisjoint(message.text for message in turn))
        said = [fact.asked, *(whole_text(message) for turn in others for message in turn)]
        if wrong := [one for one in (*fact.values, *fact.stale) if one in "\n".join(said)]:
            sys.exit(f"seed {made.seed}: {wrong} is said beside its fact")


def whole_text(message: Message) -> str:
    """What a model reads of it."""
    called = (json.dumps(call.arguments, ensure_ascii=False) for call in message.tool_calls)
    return "\n".join([message.text, *called])
