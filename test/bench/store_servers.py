"""Stores in processes of their own, asked in turn so that a busy moment hits all alike."""

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

#: Store, work and number of messages.
Case = tuple[str, str, int]
#: Case -> milliseconds, in the order of the rounds.
Taken = dict[Case, list[float]]
#: What takes so long in whole gets no further turn.
MOST_MS = 2_000


class Server:
    """A program that answers each line of its stdin, a JSON list, with a line of JSON."""

    def __init__(self, command: Sequence[str], name: str, folder: Path) -> None:
        """`folder`: where its stderr goes."""
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "stderr").open("w"),
            text=True,
        )
        self.name, self._folder = name, folder

    def asked(self, *words: object) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} broke:\n{(self._folder / 'stderr').read_text()[-2000:]}")
        return json.loads(answer)


def in_turn(
    servers: dict[str, Server],
    cases: Sequence[Case],
    rounds: int,
    each: int,
    check: Callable[[str, str, int, Any], None],
) -> Taken:
    """Every case `each` times a round, each round in another order; the first one is not counted.
    `check`: told what each case found.
    """
    taken: Taken = {}
    turns = list(cases)
    order = random.Random(15)  # noqa: S311 (no secret)
    for turn in range(rounds + 1):
        order.shuffle(turns)
        for case in turns:
            name, work, length = case
            if sum(taken.get(case, ())) > MOST_MS:
                continue
            if done := servers[name].asked(work, length, each):
                check(name, work, length, done["found"])
                if turn:
                    taken.setdefault(case, []).extend(done["times"])
    return taken


def ratio(taken: Taken, ours: Case, theirs: Case) -> float | None:
    """The median of ours beside theirs, each pair from one round; None: one of them was not."""
    pairs = zip(taken.get(ours, ()), taken.get(theirs, ()), strict=False)
    return statistics.median([one / other for one, other in pairs] or [0]) or None
