"""Started by its path, the command line is ours wherever the user is and whatever lies there."""

import subprocess
import sys
from pathlib import Path

LAUNCH = Path(__file__).resolve().parents[3] / "pylib/ai_sessions/cli/launch.py"


def launched(*words, folder, **environment):
    command = [sys.executable, "-I", "-S", str(LAUNCH), *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_modules_in_the_folder_of_the_user_are_not_ours(tmp_path):
    hostile = "raise SystemExit('not ours')\n"
    for name in ("json.py", "ai_sessions.py", "click.py", "sitecustomize.py"):
        (tmp_path / name).write_text(hostile)
    here = str(tmp_path)
    sessions = str(tmp_path / "s")

    for words in (("list",), ("list", "--limit", "1"), ("help", "list")):
        done = launched(*words, folder=tmp_path, SESSION_DIR=sessions, PYTHONPATH=here)
        assert (done.returncode, "not ours" in done.stderr) == (0, False), done.stderr


def test_its_exit_code_is_that_of_the_command(tmp_path):
    done = launched("show", "nobody", folder=tmp_path, SESSION_DIR=str(tmp_path / "s"))

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: ")


def test_to_be_imported_starts_nothing(tmp_path):
    code = f"import runpy; runpy.run_path({str(LAUNCH)!r}, run_name='launch')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
