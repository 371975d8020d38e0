"""The entrance: errors become one line and an exit code; light commands stay light."""

import errno
import io
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ai_sessions import config, ids
from ai_sessions.assemble import stores
from ai_sessions.cli import commands, start
from ai_sessions.cli.output import Output
from ai_sessions.errors import EXIT_CODES, GateRefused, LockBusy
from ai_sessions.ledger import pending
from ai_sessions.ledger.contract import Recorded
from ai_sessions.ledger.pending import Pending
from ai_sessions.records import Interaction

FIXTURES = Path(__file__).parents[2] / "fixtures"
LAUNCH = Path(__file__).resolve().parents[3] / "pylib/ai_sessions/cli/launch.py"


def launched(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(LAUNCH), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def ended(error: BaseException, **flags) -> tuple[int, str, str]:
    """How `guarded` reports work that raises `error`."""
    out = Output(stdout=io.StringIO(), stderr=io.StringIO(), **flags)

    def work() -> int:
        raise error

    code = start.guarded(work, out)
    return code, out.stdout.getvalue(), out.stderr.getvalue()


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (GateRefused("T1.1: nothing changed"), 5, "error: T1.1: nothing changed"),
        (LockBusy("held by pid 7"), 8, "error: held by pid 7"),
        (OSError(errno.ENOSPC, "No space left on device"), 11, "error: No space left on device"),
        (OSError(errno.EROFS, "Read-only", "/x/y"), 11, "error: /x/y: Read-only"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 11, "/x: Permission denied"),
        (KeyboardInterrupt(), 130, "error: interrupted"),
        (KeyError("x"), 1, "error: KeyError: 'x' (this is a bug)"),
    ],
)
def test_an_error_is_one_line_and_its_exit_code(error, code, line):
    found, out, err = ended(error)

    assert (found, out) == (code, "")
    assert line in err.splitlines()[0]
    assert "Traceback" not in err
    assert found in EXIT_CODES


def test_a_hint_is_a_line_of_its_own():
    assert ended(LockBusy("busy", "wait"))[2] == "error: busy\nhint: wait\n"


def test_a_traceback_is_shown_on_demand_only():
    assert "Traceback" in ended(KeyError("x"), debug=True)[2]


def test_with_json_a_failure_prints_one_object():
    _, out, _ = ended(GateRefused("no red", "write tests"), json=True)

    assert json.loads(out) == {
        "schema": 1,
        "ok": False,
        "code": 5,
        "error": {"kind": "gate", "message": "no red", "hint": "write tests"},
    }


def test_a_failure_after_the_answer_prints_no_second_object():
    out = Output(json=True, stdout=io.StringIO(), stderr=io.StringIO())

    def work() -> int:
        out.result({"verdict": "NO-GO"})
        raise GateRefused("late")

    assert start.guarded(work, out) == 5
    assert json.loads(out.stdout.getvalue())["verdict"] == "NO-GO"


def test_control_characters_in_a_message_do_not_reach_the_terminal():
    assert "\x1b" not in ended(LockBusy("a\x1b[2Jb"))[2]


def test_the_version_is_one_line(cli):
    for words in (["--version"], ["-V"], ["version"], ["list", "-V"]):
        assert cli(*words).out == f"{commands.VERSION}\n"


@pytest.mark.parametrize("arguments", [["list"], ["stats"], ["path"], ["--help"], ["--version"]])
def test_light_commands_import_no_package(store, root, arguments):
    alone = stores.store(config.load({"SESSION_DIR": str(root)}), False)
    alone.append("verify-pay", [Interaction("i", "2026-11-28T10:00:00.000Z", "echo", "m", ())])
    code = (
        f"import sys; sys.path.insert(0, {str(LAUNCH.parents[2])!r})\n"
        "from ai_sessions.cli.start import main\n"
        f"main({arguments!r})\n"
        "heavy = {'click', 'tabulate', 'orjson', 'dataclasses', 'typing', 'pathlib', 'site'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        env={"SESSION_DIR": str(root), "BUDGET_DAY": "5"},
        check=True,
    )

    assert done.stderr.splitlines()[-1] == "[]"


def test_an_import_that_finds_nothing_imports_neither_click_nor_what_stores(root, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(LAUNCH.parents[2])!r})\n"
        "from ai_sessions.cli.start import main\n"
        "main(['import', '--from', 'claude'])\n"
        "heavy = {'click', 'filelock', 'sqlite3', 'ai_sessions.imports.importer'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    log = tmp_path / ".claude/projects/-src/s1.jsonl"
    log.parent.mkdir(parents=True)
    environment = {"SESSION_DIR": str(root), "HOME": str(tmp_path)}

    def imported():
        words = [sys.executable, "-I", "-S", "-c", code]
        done = subprocess.run(words, capture_output=True, text=True, env=environment, check=True)
        return done.stdout, done.stderr.splitlines()[-1]

    log.write_text((FIXTURES / "claude-transcript.jsonl").read_text())
    first, second = imported(), imported()

    assert first[0].startswith("claude: 3 new calls in 1 session")
    assert "click" not in first[1]
    assert second == ("claude: 0 new calls\n", "[]")


def test_stats_counts_what_the_ledger_could_not_be_told(root):
    at = "2026-11-28T10:00:00.000Z"
    call = Recorded(ids.new(), at, provider="claude", model="m", cost_nusd=5 * 10**9)
    Pending(root).add(pending.of_record([call]))
    done = launched("stats", env={"SESSION_DIR": str(root)})

    assert (done.returncode, done.stderr) == (0, "")
    assert "$5.00" in done.stdout


@pytest.mark.parametrize("command", ["list", "config"])
def test_variables_of_novasystem_are_told_once_by_light_and_other_commands(
    cli, store, monkeypatch, command
):
    monkeypatch.setenv("NOVASYSTEM_SESSION_DIR", "mine")
    answer = cli(command)

    assert answer.err == "NOVASYSTEM_SESSION_DIR counts as RECORD_DIR: set RECORD_DIR instead\n"
    assert (answer.code, "NOVASYSTEM" in answer.out) == (0, False)


def test_prices_in_the_environment_are_read(root):
    done = launched("list", env={"SESSION_DIR": str(root), "PRICES": "{m: {input: 1.5}}"})

    assert (done.returncode, done.stderr.partition(".")[0]) == (0, "no sessions yet")


@pytest.mark.parametrize("which", ["shop", "--all"])
def test_status_reads_a_plan_that_was_edited(tmp_path, which):
    (tmp_path / ".git").mkdir()
    plan = tmp_path / ".ai-session" / "shop" / "plan.yaml"
    plan.parent.mkdir(parents=True)
    plan.write_text("schema: 1\nfeature: [\n")
    done = launched("status", which, cwd=tmp_path, env={"PATH": os.environ["PATH"]})

    assert done.returncode == 3
    assert "plan.yaml:3: not YAML" in done.stderr


def test_a_reader_that_goes_away_is_no_error(store, root):
    listing = shlex.join([sys.executable, "-I", "-S", str(LAUNCH), "list"])
    command = f"{listing} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        env={"SESSION_DIR": str(root), "PATH": os.environ["PATH"]},
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["list", "export", "list --help", "help show", "path --json"])
def test_a_full_disk_behind_stdout_is_one_error(store, root, arguments):
    command = f"{shlex.join([sys.executable, '-I', '-S', str(LAUNCH)])} {arguments} >/dev/full"
    done = subprocess.run(
        ["bash", "-c", command],
        stderr=subprocess.PIPE,
        text=True,
        env={"SESSION_DIR": str(root), "PATH": os.environ["PATH"]},
        check=False,
    )

    assert done.returncode == 11
    assert done.stderr.endswith("No space left on device\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", ["list", "export", "list --help", "show plan-search"])
def test_a_stream_that_is_closed_is_no_error(store, root, arguments):
    command = shlex.join([sys.executable, "-I", "-S", str(LAUNCH), *arguments.split()])
    done = subprocess.run(
        ["bash", "-c", f"{command} >&- && {command} 2>&- <&-"],
        capture_output=True,
        text=True,
        env={"SESSION_DIR": str(root), "PATH": os.environ["PATH"]},
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_an_error_nobody_can_hear_keeps_its_exit_code(root):
    command = shlex.join([sys.executable, "-I", "-S", str(LAUNCH), "show", "none"])
    for sink in ("/dev/full", "&-"):
        done = subprocess.run(["bash", "-c", f"{command} 2>{sink}"], check=False)
        assert done.returncode == 4


@pytest.fixture
def _handlers():
    """Puts the handlers of the test's own process back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_termination_and_a_closed_terminal_unwind_and_exit_143(number):
    out = Output(stdout=io.StringIO(), stderr=io.StringIO())
    signal.signal(number, signal.SIG_DFL)
    start.catch_termination()

    def work() -> int:
        os.kill(os.getpid(), number)
        return 0

    assert start.guarded(work, out) == 143


@pytest.mark.usefixtures("_handlers")
def test_under_nohup_a_closed_terminal_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    start.catch_termination()

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_session_dir_that_is_a_file_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    done = launched("list", env={"SESSION_DIR": str(tmp_path / "file")})

    assert done.returncode == 11
    assert len(done.stderr.splitlines()) <= 2


def test_a_thread_that_is_at_work_is_waited_for():
    """A process that is left at once would take it down with it."""
    program = (
        "import sys, threading\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from ai_sessions.cli import start\n"
        "work = lambda: (threading.main_thread().join(), print('done'))\n"
        "threading.Thread(target=work).start()\n"
        "start.end(3)\n"
    )
    command = [sys.executable, "-c", program, str(LAUNCH.parents[2])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stdout) == (3, "done\n")
