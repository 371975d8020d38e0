"""A program that is asked something cannot keep us waiting."""

import pytest
from running import is_running

from ai_sessions.processes.asking import first_line

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "WORD": "two words"}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo; echo ' 1.2 '; echo more", "1.2"),
        ('echo "$WORD"', "two words"),
        ("echo 1.2; exit 3", ""),
        ("kill -9 $$", ""),
        (":", ""),
        ("printf '\\377x'", "\ufffdx"),
        ("cat", ""),
    ],
)
def test_the_first_line_of_what_went_well_is_the_answer(script, told):
    assert first_line(["/bin/sh", "-c", script], ENVIRONMENT) == told


def test_what_is_not_there_says_nothing(tmp_path):
    assert first_line([str(tmp_path / "none")], ENVIRONMENT) == ""


def test_one_that_hangs_is_ended_with_what_it_started(tmp_path):
    script = f"sleep 60 & echo $! >{tmp_path}/pid; wait"

    assert first_line(["/bin/sh", "-c", script], ENVIRONMENT, 0.3) == ""
    pid = int((tmp_path / "pid").read_text())
    assert any(not is_running(pid) for _ in range(100_000))  # the kernel takes a moment
