"""Who started whom, since when, and who carries a mark."""

import os
import subprocess
import sys
import textwrap

import pytest

from ai_sessions.processes import table

#: What `ps` says on macOS, with the environment after the command.
PS = textwrap.dedent(
    """\
        1     0     1 Ss   Mon Jan  5 09:00:00 2026 /sbin/launchd
      300     1   300 S    Mon Jan  5 10:00:00 2026 node serve.js HOME=/h AI_SESSIONS_CHILD_1=1
      301   300   300 Z    Mon Jan  5 10:00:01 2026 (sh)
      302   300   302 S+   Mon Jan  5 10:00:02 2026 sh -c echo NAI_SESSIONS_CHILD_1=1
    something else
    """
)


def test_what_ps_says_is_understood():
    found = {one.pid: one for one in table.rows(PS)}

    assert sorted(found) == [1, 300, 301, 302]
    assert (found[302].parent, found[302].group) == (300, 302)
    assert found[300].start == "Mon Jan 5 10:00:00 2026"
    assert [pid for pid, one in found.items() if one.is_dead] == [301]
    assert [p for p, one in found.items() if one.carries("AI_SESSIONS_CHILD_1")] == [300]
    assert [one.program() for one in found.values()] == ["launchd", "node", "(sh)", "sh"]


def test_descendants_are_found_at_any_depth_parents_first():
    rows = [table.Process(pid, parent, 1, "", False) for pid, parent in ((2, 1), (3, 2), (9, 8))]

    assert [one.pid for one in table.descendants([1], rows)] == [2, 3]


def test_we_are_listed_ourselves():
    us = table.of(os.getpid())

    assert us is not None
    assert (us.parent, us.is_dead) == (os.getppid(), False)
    assert us.pid in [one.pid for one in table.listed()]


def test_a_process_that_is_not_there_is_none():
    assert table.of(1 << 30) is None


@pytest.mark.skipif(not table.HAS_PROC, reason="needs /proc")
def test_a_name_with_spaces_and_parentheses_is_no_riddle(tmp_path):
    odd = tmp_path / "a) S (b"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([str(odd), "600"]) as process:
        found = table.of(process.pid)
        process.kill()

    assert found is not None
    assert found.parent == os.getpid()


@pytest.mark.skipif(not table.HAS_PROC, reason="needs /proc")
@pytest.mark.parametrize("lists", [True, False], ids=["by lists of children", "by the whole table"])
def test_what_a_process_has_started(monkeypatch, lists):
    if not lists:
        monkeypatch.setattr(table, "_tasks", lambda _pid: ["/proc/no/such/list"])
    script = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        child = int(process.stdout.readline())
        found = table.descendants_of(process.pid)
        os.kill(child, 9)
        process.kill()

    assert found == [child]


def test_a_mark_is_a_whole_variable():
    """What answers has its environment: a process is there before it."""
    environment, pipes = {"MARK": "1", "XOTHER": "1"}, {"stdin": -1, "stdout": -1}
    with subprocess.Popen(["cat"], env=environment, bufsize=0, **pipes) as process:
        process.stdin.write(b"x")
        process.stdout.read(1)
        found = table.of(process.pid)
        marks = [name for name in ("MARK", "ARK", "OTHER") if found.carries(name)]
        process.kill()

    assert marks == ["MARK"]


@pytest.mark.skipif(not table.HAS_PROC, reason="needs /proc")
def test_a_process_is_known_by_the_file_that_it_runs(tmp_path):
    script = tmp_path / "gpg-agent"
    script.write_text("#!/bin/sh\nread line\n")
    script.chmod(0o700)
    with subprocess.Popen([str(script)], stdin=subprocess.PIPE) as process:
        name = table.of(process.pid).program()
        process.communicate()

    assert name in (os.path.basename(os.path.realpath("/bin/sh")), "sh")
    assert table.Process(1 << 30, 1, 1, "", False).program() == ""
