"""The simulation of a day runs, and a small one keeps its bars."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "bench" / "rotation"


def test_a_small_day_of_all_strategies_keeps_its_bars():
    call = [sys.executable, BENCH, "--small", "--seeds", "1", "--no-costs"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"{done.stdout}{done.stderr}see: test/bench/rotation"
    assert "FAIL" not in done.stdout
    assert done.stdout.count("\npaced ") == 2
