"""`session_manager`, the module and the program, as a user starts them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PYLIB = Path(__file__).resolve().parents[2] / "pylib"
LLAMA = "meta-llama/llama-3.2-3b-instruct:free"

#: What a program brings along: a model that answers.
PROGRAM = """\
class Api:
    def ask(self, model, prompt):
        return "42"

api, prompt, response_tokens, response_time = Api(), "What is 6 x 7?", 1234, 850
"""
#: The block by which the first program shows how it is used, as it stands there.
BLOCK = """\
from session_manager import SessionManager

# Initialize session
session_mgr = SessionManager()

# If no session, create one
if not session_mgr.session:
    session_mgr.create_session_interactive()

# Get greeting
print(session_mgr.get_greeting())

# Select optimal model
model = session_mgr.select_optimal_model()

# Use the model
response = api.ask(model, prompt)

# Record usage
session_mgr.record_usage(
    model_id=model,
    tokens_used=response_tokens,
    latency_ms=response_time,
    success=True
)

# Check if should rotate
should_rotate, suggested, reason = session_mgr.should_rotate_model(model)
if should_rotate:
    print(f"Rotating: {reason}")
    model = suggested
"""


@pytest.fixture
def home(tmp_path):
    """A user's empty home folder."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def start(home, program, typed="", *options):
    """A Python program of the user's, with our folder on its path."""
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PYLIB),
        "SESSION_FSYNC": "none",
        "PYTHONUTF8": "1",
    }
    return subprocess.Popen(
        [sys.executable, *options, "-c", program],
        env=environment,
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(home, program, typed="", *options):
    with start(home, program, typed, *options) as process:
        out, err = process.communicate(typed, timeout=60)
    assert process.returncode == 0, err
    return out


def usage(home):
    return json.loads((home / ".gh-ai-assistant/model_usage.json").read_text())


def test_the_block_of_the_first_program_runs_as_it_stands(home):
    out = ran(home, PROGRAM + BLOCK, "Declan\nBrakel\n3\n")

    assert out.splitlines()[-1] == (
        "Welcome back, Declan! I'm Brakel, powered by Meta Llama 3.2 3B"
    )
    facts = usage(home)[LLAMA]
    assert (facts["total_requests"], facts["total_tokens"]) == (1, 1234)


def test_it_runs_inside_of_a_running_event_loop(home):
    body = "".join(f"    {line}\n" for line in BLOCK.splitlines())
    program = f"import asyncio\n{PROGRAM}\nasync def main():\n{body}\nasyncio.run(main())"

    assert "Welcome back, Declan!" in ran(home, program, "Declan\nBrakel\n3\n")


def test_two_processes_lose_nothing(home):
    program = (
        "from session_manager import SessionManager\n"
        "for number in range(25):\n"
        "    SessionManager().record_usage(model_id='a/b', tokens_used=2, latency_ms=3,"
        " success=number != 7)\n"
    )
    made = (
        "from session_manager import SessionManager\nSessionManager().create_session_interactive()"
    )
    ran(home, made, "Declan\nBrakel\n3\n")

    processes = [start(home, program) for _ in range(2)]
    assert [one.communicate(timeout=120)[1] for one in processes] == ["", ""]

    facts = usage(home)["a/b"]
    assert (facts["total_requests"], facts["total_tokens"]) == (50, 100)
    assert facts["success_rate"] == 0.96
    profile = json.loads((home / ".gh-ai-assistant/user_session.json").read_text())
    assert profile["total_conversations"] == 50


def test_the_five_models_can_be_imported(home):
    out = ran(home, "from session_manager import TOP_FREE_MODELS\nprint(len(TOP_FREE_MODELS))")

    assert out == "5\n"


def test_a_python_without_packages_finds_those_of_the_checkout(home):
    assert "Welcome back" in ran(home, PROGRAM + BLOCK, "Declan\nBrakel\n3\n", "-S")


def test_greeting_and_statistics_import_no_package(home):
    ran(home, PROGRAM + BLOCK, "Declan\nBrakel\n3\n")

    out = ran(
        home,
        "from ai_sessions.assistant import SessionManager\n"
        "manager = SessionManager()\n"
        "print(manager.get_greeting(), manager.get_statistics())",
        "",
        "-S",
    )

    assert "Total Requests: 1" in out


def test_a_terminal_without_pictures_can_be_answered_on(home):
    program = "import sys; sys.stdout.reconfigure(encoding='ascii')\n"

    out = ran(home, program + PROGRAM + BLOCK, "Declan\nBrakel\n3\n")

    assert "What's your name?" in out


def test_a_program_that_is_killed_leaves_whole_files_and_no_lock(home):
    program = (
        "from session_manager import SessionManager\n"
        "manager = SessionManager()\n"
        "while True:\n"
        "    manager.record_usage('a/b', 2, 3)\n"
        "    print('counted', flush=True)\n"
    )
    with start(home, program) as process:
        for _call in range(3):
            process.stdout.readline()
        process.kill()
    seen = usage(home)["a/b"]["total_requests"]

    ran(home, "import session_manager as s; s.SessionManager().record_usage('a/b', 2, 3)")

    assert 3 <= seen < usage(home)["a/b"]["total_requests"] <= seen + 2


@pytest.mark.parametrize(("options", "code"), [(["--greeting"], 4), (["--stats"], 0)])
def test_as_a_program_it_does_what_the_script_does(home, options, code):
    done = subprocess.run(
        [sys.executable, "-S", PYLIB / "session_manager.py", *options],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert ("MODEL USAGE" in done.stdout) == (code == 0)
    assert ("nobody has said who they are" in done.stderr) == (code == 4)
