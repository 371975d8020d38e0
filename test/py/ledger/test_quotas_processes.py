"""Quotas of several processes: none over its limit, none lost, none stuck when one is killed."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import ai_sessions

from .conftest import ledger_at
from .quota_places import quotas_of
from .quota_racer import NOW, QUOTA, TOKENS, place

PYLIB = Path(ai_sessions.__file__).parents[1]
FOLDER = Path(__file__).parent
PROCESSES = 8


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(FOLDER / program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PYLIB)},
    )


def windows(root):
    return quotas_of(ledger_at(root)).windows([place("m")], NOW)


def test_eight_processes_use_up_a_quota_and_no_more(root):
    with ExitStack() as stack:
        found = [
            stack.enter_context(started("quota_racer.py", str(root), str(number)))
            for number in range(PROCESSES)
        ]
        for process in found:
            assert process.stdout.readline() == "here\n"
        for process in found:  # all at once
            process.stdin.write("go\n")
            process.stdin.flush()
        results = [tuple(map(int, process.stdout.readline().split())) for process in found]
        for process in found:
            process.stdin.close()

    got, torn = map(sum, zip(*results, strict=True))
    requests, tokens = windows(root)
    print(f"\n{got} calls of {QUOTA}, {torn} torn looks; each process: {results}")
    assert (got, torn) == (QUOTA, 0)
    assert (requests.used, requests.held, tokens.used) == (QUOTA, 0, QUOTA * TOKENS)


def test_a_call_whose_process_is_killed_is_used_and_nothing_is_stuck(root):
    with started("quota_holder.py", str(root)) as process:
        assert process.stdout.readline() == "held\n"
        before = windows(root)[0]
        process.kill()
    after = windows(root)[0]

    assert (before.used, before.held) == (0, 1)
    assert (after.used, after.held) == (1, 0)
    assert windows(root)[1].used == TOKENS
