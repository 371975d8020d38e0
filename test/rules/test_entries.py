"""The way of one task through the code can be followed: few jumps from file to file, none back."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "bench" / "entries"


def test_a_task_enters_few_functions_of_other_files_and_no_two_files_enter_each_other():
    done = subprocess.run([sys.executable, BENCH], capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"{done.stdout}{done.stderr}see: test/bench/entries --list"
    assert done.stdout.count(": ok") == 3
