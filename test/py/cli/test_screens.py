"""The real scripts in terminals of 60, 80 and 160 columns: nothing is wider."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from ai_sessions.display import columns
from ai_sessions.records import About, Cost, Interaction, Message, Usage
from ai_sessions.store.files import FileStore

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
LONG = [f"payment-gateway-refunds-by-card-version-{end}" for end in ("one", "two")]
COLOURS = re.compile(r"\x1b\[\d*m")
CALL = Interaction(
    id="1",
    at="2026-11-01T10:00:00.000Z",
    provider="claude",
    model="a-model-with-a-long-name-4-5",
    messages=(Message("user", "Do the next step. " * 20), Message("assistant", "支付网关" * 40)),
    usage=Usage(12_000_000, 800_000, 9_000),
    cost=Cost(12_345_678_000_000, "client"),
    task="T1.1",
    purpose="green",
)
READING = [
    *("ai-session.sh list", "ai-session.sh stats", "ai-session.sh stats --by task"),
    *("ai-session.sh stats --by day", "track-session-todo.sh report", "ai-session.sh search step"),
    *(f"ai-session.sh show plan-{LONG[0]}", "ai-session.sh doctor", "ai-session.sh models list"),
    *("ai-session.sh help", "ai-session.sh", "ai-session.sh export --help", "plan.sh --help"),
    *("ai-session.sh stats --help", "verify.sh", "ai-session.sh nonsense", "ai-session.sh rm x"),
    *("status.sh --all", "init-session.sh a-feature-with-a-name-of-some-length", "status.sh --all"),
]
#: So many of them are about tables, which fill what there is.
_TABLES = 8
WORKING = [
    *("init-session.sh payment-gateway", "plan.sh payment-gateway 'Take card payments'"),
    *("implement.sh payment-gateway --all", "review.sh payment-gateway"),
    *("verify.sh payment-gateway --no-ai", "status.sh payment-gateway", "status.sh --all"),
]


@pytest.fixture
def shop(tmp_path):
    """A repository, sessions with long names; its environment has no colours turned off."""
    folder, home = tmp_path / "shop", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    store = FileStore(tmp_path / "sessions", fsync="none")
    for name in (f"{command}-{feature}" for feature in LONG for command in ("plan", "implement")):
        command, _, feature = name.partition("-")
        store.ensure(name, About(command, feature, "/home/me/a-shop-with-a-long-name"))
        store.append(name, [CALL])
    (folder / "shop.py").write_text('"""支付网关."""\n')
    who = {f"GIT_{role}_{what}": "t@e.x" for role in ("AUTHOR", "COMMITTER") for what in _WHO}
    environment = {
        **who,
        "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
        "HOME": str(home),
        "SESSION_DIR": str(store.root),
        "SESSION_FSYNC": "none",
        "AI_PROVIDER": "demo",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
    }
    git = ["git", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *words], cwd=folder, env=environment, check=True)
    return folder, environment


_WHO = ("NAME", "EMAIL")


def screen(shop, command: str, cells: int = 80, **more: str) -> str:
    """What a terminal of that width is told by a command."""
    folder, environment = shop
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, cells, 0, 0))
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env={**environment, **more},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ):
        os.close(theirs)
        found = b"".join(iter(lambda: _piece(ours), b""))
    os.close(ours)
    return found.decode().replace("\r\n", "\n")


def _piece(number: int) -> bytes:
    try:
        return os.read(number, 65536)
    except OSError:  # the other side is closed
        return b""


def too_wide(text: str, cells: int) -> list[str]:
    """Lines with more cells, but for those to be pasted and for single words. The progress line
    is gone when the next line comes.
    """
    lines = [line.rpartition("\x1b[K")[2] for line in COLOURS.sub("", text).split("\n")]
    return [
        line
        for line in lines
        if columns.width(line) > cells
        and not line.lstrip().startswith(("Next: ", "hint: "))
        and " " in line.strip()
    ]


@pytest.mark.parametrize(
    ("cells", "commands"), [(60, READING), (80, READING[:_TABLES]), (160, READING[:_TABLES])]
)
def test_nothing_is_wider_than_the_terminal(shop, cells, commands):
    for command in commands:
        told = screen(shop, command, cells)

        assert told.strip(), command
        assert too_wide(told, cells) == [], command


def test_the_work_on_a_feature_fits_sixty_columns(shop):
    for command in WORKING:
        told = screen(shop, command, 60)

        assert too_wide(told, 60) == [], command
        assert "error" not in told, command
    assert "T1.1  \x1b[32mdone\x1b[0m" in screen(shop, "status.sh payment-gateway", 60)


def test_two_long_names_look_different(shop):
    names = [line.split()[0] for line in screen(shop, "ai-session.sh list", 60).splitlines()]

    assert len(set(names)) == len(names) == 5
    assert "Session        plan-" in screen(shop, f"ai-session.sh show '{names[1]}'").replace(
        "implement-", "plan-"
    )


def test_a_terminal_that_knows_lines_alone_has_tables_all_the_same(shop):
    told = screen(shop, "ai-session.sh list", 60, TERM="dumb")

    assert told.startswith("NAME ")
    assert too_wide(told, 60) == []


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"NO_COLOR": "1"}, "ai-session.sh nonsense"),
        ({"TERM": "dumb"}, "ai-session.sh nonsense"),
        ({}, "ai-session.sh nonsense 2>&1 | cat"),
        ({}, "status.sh none 2>&1 | cat"),
    ],
)
def test_colours_are_only_for_a_terminal_that_wants_them(shop, environment, command):
    assert "\x1b[31merror:\x1b[0m" in screen(shop, "ai-session.sh nonsense")
    assert "\x1b" not in screen(shop, command, **environment)


@pytest.mark.parametrize("command", ["ai-session.sh list", "ai-session.sh help", "status.sh --all"])
def test_without_a_locale_everything_is_ascii(shop, command):
    told = screen(shop, command, 60, LC_ALL="C")

    assert told.isascii()
    assert too_wide(told, 60) == []
