"""The scripts keep to what bash 3.2 and the tools of macOS understand, and to each other."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from ai_sessions.cli import commands, overview
from ai_sessions.cli.main import loaded

ROOT = Path(__file__).resolve().parents[2]
DOORS = sorted((ROOT / "scripts").glob("*.sh"))
BASH = sorted(
    path
    for path in (*ROOT.glob("scripts/**/*"), *ROOT.glob("test/**/*"), ROOT / ".ci/run")
    if path.is_file()
    and (
        path.suffix in {".sh", ".bash", ".bats"}
        or path.read_bytes().startswith((b"#!/usr/bin/env bash", b"#!/usr/bin/env bats"))
    )
)

#: What is newer than bash 3.2, or missing on macOS, with the reason.
FORBIDDEN = {
    r"\b(declare|typeset|local) -[a-zA-Z]*[Ag]": "associative arrays and -g came with bash 4",
    r"\b(declare|typeset|local) -[a-zA-Z]*n\b": "namerefs came with bash 4.3",
    r"\$\{[!\w]+(\[[^]]*\])?(,|\^)": "changing case in an expansion came with bash 4",
    r"\$\{\w+(\[[^]]*\])?@[A-Za-z]\}": "${x@Q} came with bash 4.4",
    r"\$\{\w+:[^}]*:\s*-\d": "a negative length came with bash 4.2",
    r"\b(mapfile|readarray|coproc)\b": "came with bash 4",
    r"\bwait -n\b": "came with bash 4.3",
    r"\[\[ -v ": "came with bash 4.2",
    r"\|&|&>>": "came with bash 4",
    r";;?&(\s|$)": "falling through in case came with bash 4",
    r"printf (-v \w+ )?['\"]?%\(": "printf of times came with bash 4.2",
    r"\bEPOCH(SECONDS|REALTIME)\b|BASH_XTRACEFD": "came with bash 4.1 or later",
    r"\bexec \{\w+\}": "descriptors by name came with bash 4.1",
    r"shopt -s \w*(globstar|inherit_errexit|lastpipe)": "came with bash 4 or later",
    r"\bread [^|;]*-t ?0?\.\d": "fractions of a second came with bash 4",
    r"\breadlink -[a-z]*[fem]|(^|[\s(|;])realpath\s": "not on older macOS",
    r"\bgrep -[a-zA-Z]*P": "only GNU grep",
    r"\bsed -[a-zA-Z]*i": "GNU and BSD sed disagree",
    r"\bdate (-d|--date)|\bdate \+\S*%N": "only GNU date",
    r"(^|[|;&(]\s*)(timeout|flock|tac)\s": "not on macOS",
    r"\bstat -c|\bsort -V|\bxargs -r|\b(mv|ln|cp) -[a-zA-Z]*T\b": "only GNU coreutils",
    r"\bhead -n ?-\d": "only GNU head",
}


def code_of(path: Path) -> list[tuple[int, str]]:
    """The numbered lines that are not comments."""
    lines = path.read_text().splitlines()
    return [(n, line) for n, line in enumerate(lines, 1) if not line.lstrip().startswith("#")]


@pytest.mark.parametrize("path", BASH, ids=lambda path: path.name)
def test_nothing_is_newer_than_bash_3_2(path: Path) -> None:
    found = [
        f"{path.name}:{number}: {line.strip()} ({why})"
        for number, line in code_of(path)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, line)
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "declare -A seen",
        'echo "${word,,}"',
        "mapfile -t lines",
        'root=$(readlink -f "$0")',
        "timeout 5 make",
        "sed -i s/a/b/ file",
        "make |& tee log",
        "grep -oP 'x' file",
    ],
)
def test_the_rule_notices(line: str) -> None:
    assert any(re.search(pattern, line) for pattern in FORBIDDEN)


def test_there_are_scripts_to_check() -> None:
    assert {"ai-session.sh", "start.sh", "run"} <= {path.name for path in BASH}


@pytest.mark.parametrize("path", DOORS, ids=lambda path: path.name)
def test_a_script_can_be_run_and_says_what_it_is_for(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert path.stat().st_mode & 0o111 == 0o111
    assert lines[0] == "#!/usr/bin/env bash"
    assert re.fullmatch(r"# [A-Z].*[.;]", lines[1])
    assert any(line.startswith(f"# Usage: {path.name}") for line in lines)


def test_a_script_is_its_header_and_the_same_start_as_all_others() -> None:
    starts = {tuple(line for _, line in code_of(path) if line) for path in DOORS}

    assert len(starts) == 1
    assert [len(lines) for lines in starts] == [2]


def test_the_help_of_ai_session_is_the_overview_of_the_commands() -> None:
    for called in ("./", "../scripts/"):
        command = [f"{called}ai-session.sh", "--help"]
        folder = ROOT / "scripts"
        printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)

        assert printed.stdout == overview.page(called) + "\n"


@pytest.mark.parametrize("entry", commands.COMMANDS, ids=lambda entry: entry.name)
def test_every_command_has_its_script(entry: commands.Entry) -> None:
    """In the table of start.sh: by its name, or by the name that the script has too."""
    table = (ROOT / "scripts/lib/start.sh").read_text()
    rows = re.findall(r"^    ([a-z.| -]+)\) (\w+) ?(\S*)", table, re.MULTILINE)
    commands_of = {
        script: script.removesuffix(".sh") if "{script" in word else word
        for names, _, word in rows
        for script in names.split(" | ")
    }

    assert (ROOT / "scripts" / entry.script).exists()
    by_itself = entry.script in {"ai-session.sh", "demo.sh"}
    assert commands_of[entry.script] == ('"$@"' if by_itself else entry.name)


@pytest.mark.parametrize("name", ["plan", "implement", "review"])
def test_bash_knows_which_options_take_a_value(name: str) -> None:
    """Or it would take the value for the feature, and name the session after it."""
    text = (ROOT / "scripts/lib/session.sh").read_text()
    listed = set(" ".join(re.findall(r"_VALUE_OPTIONS\+?='(.*)'", text)).split())
    command = loaded(name)

    assert command
    assert options(command, takes_value=True) <= listed
    assert not options(command, takes_value=False) & listed


def options(command: click.Command, *, takes_value: bool) -> set[str]:
    """All names of the options that take a value, or of those that take none."""
    found = [param for param in command.params if isinstance(param, click.Option)]
    wanted = [one for one in found if takes_value != (one.is_flag or one.count)]
    return {name for one in wanted for name in (*one.opts, *one.secondary_opts)}
