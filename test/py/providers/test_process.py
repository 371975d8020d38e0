"""Running agents: stopped whole when time is up, every byte kept, nothing of ours in argv."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from running import is_running

from ai_sessions.errors import ProviderError
from ai_sessions.providers import process


@pytest.fixture
def play(tmp_path):
    """Run a Python script as the agent; returns how it ended and the lines it said.

    `heard` is called after each line.
    """

    def run(script, heard=lambda: None, **more):
        said = []

        def hear(line):
            said.append(line)
            heard()

        command = process.Command(
            [sys.executable, "-I", "-c", textwrap.dedent(script)],
            cwd=tmp_path,
            environment={"PATH": os.environ["PATH"], "MARK": "kept"},
            **more,
        )
        return process.run(command, hear), said

    return run


def test_the_prompt_arrives_on_standard_input(play):
    ended, said = play("import sys; print(sys.stdin.read().upper())", stdin="héllo\n")

    assert (ended.exit_code, said) == (0, ["HÉLLO"])


def test_its_complaints_are_heard_as_they_come(play):
    heard = []
    play("import sys; print('one\\n', 'two', file=sys.stderr)", on_error=heard.append)

    assert [line.strip() for line in heard] == ["one", "two"]


def test_it_is_stopped_when_it_is_told_to(play):
    asked = iter(["", "enough"])
    ended, _said = play("import time; time.sleep(60)", why_stop=lambda: next(asked))

    assert (ended.exit_code, ended.stopped, ended.timed_out) == (143, "enough", "")


def test_an_agent_that_reads_nothing_does_not_break_us(play):
    ended, said = play("print('busy')", stdin="x" * 1_000_000)

    assert (ended.exit_code, said) == (0, ["busy"])


def test_exit_code_and_errors_are_reported(play):
    ended, _said = play("import sys; print('oh no', file=sys.stderr); sys.exit(7)")

    assert (ended.exit_code, ended.stderr) == (7, "oh no")


def test_an_agent_killed_by_a_signal_ends_as_a_shell_says(play):
    ended, _said = play("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    assert ended.exit_code == 128 + signal.SIGKILL


def test_bytes_that_are_no_text_are_survived(play):
    _ended, said = play(r"import sys; sys.stdout.buffer.write(b'\xff\xfe ok\n')")

    assert said[0].endswith(" ok")


def test_a_very_long_line_comes_in_pieces(play, monkeypatch):
    monkeypatch.setattr(process, "LONGEST_LINE", 1000)
    _ended, said = play("print('x' * 2500)")

    assert [len(piece) for piece in said] == [1000, 1000, 500]


WAITING = "import time; print('started', flush=True); time.sleep(600)"


def test_the_wall_clock_ends_it(play, clock):
    ended, said = play(WAITING, clock.advance, timeout_s=60)

    assert (ended.exit_code, said) == (124, ["started"])
    assert "longer than 60 s" in ended.timed_out


def test_silence_ends_it(play, clock):
    ended, said = play(WAITING, clock.advance, timeout_s=7200, silence_s=60)

    assert (ended.exit_code, said) == (124, ["started"])
    assert "said nothing for 60 s" in ended.timed_out


def test_one_who_talks_is_not_silent_but_still_has_a_limit(play, clock, tmp_path):
    """It says a line each time it is told to, 50 seconds after the one before."""
    os.mkfifo(tmp_path / "told")
    told = os.open(tmp_path / "told", os.O_RDWR)

    def fifty_seconds_later():
        clock.advance(50)
        os.write(told, b"x")

    script = """
        told = open("told", "rb", buffering=0)
        while True:
            print("on", flush=True)
            told.read(1)
    """
    ended, said = play(script, fifty_seconds_later, timeout_s=190, silence_s=90)
    os.close(told)

    assert "longer than 190 s" in ended.timed_out
    assert len(said) > 2


def test_an_agent_that_closes_its_output_and_goes_on_is_ended_too(play):
    ended, _said = play("import os, time; os.close(1); os.close(2); time.sleep(600)", timeout_s=0.5)

    assert ended.exit_code == 124


def test_its_children_end_with_it(play, clock):
    script = """
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid, flush=True)
        time.sleep(600)
    """
    ended, said = play(script, clock.advance, timeout_s=60)

    assert ended.exit_code == 124
    assert not is_running(int(said[0]))


def test_one_it_left_behind_does_not_hold_us_up(play):
    script = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid, flush=True)
    """
    ended, said = play(script)

    assert ended.exit_code == 0
    assert not is_running(int(said[0]))


def test_who_ignores_the_request_to_stop_is_made_to(play, clock, monkeypatch):
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    script = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(os.getpid(), flush=True)
        time.sleep(600)
    """
    ended, said = play(script, clock.advance, timeout_s=60)

    assert ended.exit_code == 124
    assert not is_running(int(said[0]))


def test_our_own_interruption_stops_the_agent_first(tmp_path):
    seen = []

    def interrupted(line):
        seen.append(int(line))
        raise KeyboardInterrupt

    script = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    command = process.Command([sys.executable, "-c", script], cwd=tmp_path, environment={})
    with pytest.raises(KeyboardInterrupt):
        process.run(command, interrupted)

    assert not is_running(seen[0])


def test_a_last_line_without_an_end_is_a_line_too(play):
    _ended, said = play("import sys; sys.stdout.write('one\\n\\ntwo')")

    assert said == ["one", "two"]


def test_much_output_while_much_is_still_to_be_read_does_not_lock_up(play):
    script = """
        import sys
        for _ in range(2000):
            print("x" * 1000)
        print(len(sys.stdin.read()))
    """
    _ended, said = play(script, stdin="y" * 1_000_000)

    assert (len(said), said[-1]) == (2001, "1000000")


def test_a_folder_that_is_gone_is_named(tmp_path):
    command = process.Command([sys.executable], cwd=tmp_path / "gone", environment={})
    with pytest.raises(ProviderError, match="no such folder"):
        process.run(command, print)


def test_raw_output_is_kept_in_private_files(play, tmp_path):
    logs = tmp_path / "session" / "logs"
    play("import sys; print('answer'); print('noise', file=sys.stderr)", log_dir=logs)

    kept = {path.suffix: path for path in logs.iterdir()}
    assert kept[".out"].read_text() == "answer\n"
    assert kept[".err"].read_text() == "noise\n"
    assert kept[".out"].stat().st_mode & 0o777 == 0o600


def test_logs_that_cannot_be_written_cost_nothing_but_the_logs(play, tmp_path):
    (tmp_path / "logs").write_text("a file in the way")
    ended, said = play("print('answer')", log_dir=tmp_path / "logs")

    assert (ended.exit_code, said) == (0, ["answer"])


def test_what_cannot_be_started_is_one_clear_line(tmp_path):
    command = process.Command(["no-such-agent"], cwd=tmp_path, environment={})
    with pytest.raises(ProviderError, match="cannot start no-such-agent"):
        process.run(command, print)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_an_agent_ends_with_us_even_when_we_are_killed(tmp_path):
    agent = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    script = f"""
import sys
from pathlib import Path
from ai_sessions.providers import process
command = process.Command([sys.executable, "-c", {agent!r}], cwd=Path("."), environment={{}})
process.run(command, lambda line: print(line, flush=True))
"""
    ours = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(process.__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    )
    agent_ends = os.pidfd_open(int(ours.stdout.readline()))
    ours.kill()
    ours.communicate()

    assert select.select([agent_ends], [], [], 30)[0]
