"""Get the tools that only tests need (`HINTS` has them) into .tools of this checkout, without root.

    python -I test/tools.py

What is on PATH already is not fetched. Ways: apt with state of its own (it checks signatures as
always), npm, brew. What cannot be had is named on stderr; the tests that need it are skipped. Safe
when several start at once: a kernel lock lets one work, and .tools/bin gets whole files only.
"""

import contextlib
import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

BATS = "1.13.0"
#: Options that the hooks of a system's own apt must not see: those want root.
APT = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "{folder}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{folder}/cache";
Debug::NoLocking "1";
Acquire::Languages "none";
Acquire::Retries "2";
"""
#: Where brew has another name for it.
BREW = {"bats": "bats-core", "redis-server": "redis"}
HINTS = {
    "bats": "apt-get install bats, npm install -g bats, or brew install bats-core",
    "curl": "apt-get install curl, or brew install curl",
    "jq": "apt-get install jq, or brew install jq",
    "redis-server": "apt-get install redis-server, or brew install redis",
}


def main(tools: Path) -> None:
    os.environ["PATH"] = f"{tools / 'bin'}{os.pathsep}{os.environ['PATH']}"
    if missing():
        tools.mkdir(exist_ok=True)
        with locked(tools / "lock"):
            for way in (apt, npm, brew):
                if names := missing():
                    way(names, tools)
    for name in missing():
        tell(f"tests that need {name} are skipped: {HINTS[name]}")


def missing() -> list[str]:
    tools = (
        *(("bats", bats_works), ("curl", curl_works), ("jq", jq_works)),
        ("redis-server", redis_works),
    )
    return [name for name, works in tools if not works()]


def bats_works() -> bool:
    """True for bats 1.5 or newer, which knows `run -5`."""
    found = re.match(r"Bats (\d+)\.(\d+)", said("bats", "--version"))
    return found is not None and (int(found[1]), int(found[2])) >= (1, 5)


def curl_works() -> bool:
    """True for curl 7.76 or newer, which knows `--fail-with-body`."""
    found = re.match(r"curl (\d+)\.(\d+)", said("curl", "--version"))
    return found is not None and (int(found[1]), int(found[2])) >= (7, 76)


def jq_works() -> bool:
    return said("jq", "-n", "7").strip() == "7"


def redis_works() -> bool:
    """True for Redis 7 or newer, which refuses a script whose keys are not in one slot."""
    found = re.search(r"v=(\d+)", said("redis-server", "--version"))
    return found is not None and int(found[1]) >= 7


def apt(names: list[str], tools: Path) -> None:
    """Unpack the packages of a Debian or Ubuntu, and what they need, into .tools/packages."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    tell(f"getting {' and '.join(names)} with apt-get (20 MB, about 10 seconds) ...")
    folder = tools / "apt"
    for place in ("state/lists/partial", "cache/archives/partial"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    settings = folder / "apt.conf"
    settings.write_text(APT.format(folder=folder))
    with_settings = ["apt-get", "-c", str(settings), "-qq"]
    install = ["install", "--download-only", "--no-install-recommends", "-y", *names]
    if done([*with_settings, "update"]) and done([*with_settings, *install]):
        packages = tools / "packages"
        packages.mkdir(exist_ok=True)  # others that were fetched before stay
        for archive in sorted((folder / "cache/archives").glob("*.deb")):
            done(["dpkg-deb", "-x", str(archive), str(packages)])
        for name in names:
            provide(packages / "usr/bin" / name, tools, sorted(packages.glob("usr/lib/*-*/")))


def npm(names: list[str], tools: Path) -> None:
    if "bats" in names and shutil.which("npm"):
        tell(f"getting bats {BATS} with npm ...")
        folder = fresh(tools / "npm")
        options = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
        if done(["npm", "install", "--prefix", str(folder), *options, f"bats@{BATS}"]):
            provide(folder / "node_modules/bats/bin/bats", tools, [])


def brew(names: list[str], _tools: Path) -> None:
    if shutil.which("brew"):
        tell(f"installing {' and '.join(names)} with brew ...")
        done(["brew", "install", "--quiet", *(BREW.get(name, name) for name in names)])


def provide(program: Path, tools: Path, libraries: list[Path]) -> None:
    """Put a command that runs `program` into .tools/bin, in one step."""
    if not program.exists():
        return
    lines = ["#!/bin/sh"]
    if libraries:
        joined = shlex.quote(":".join(map(str, libraries)))
        lines += [f"LD_LIBRARY_PATH={joined}", "export LD_LIBRARY_PATH"]
    lines += [f'exec {shlex.quote(str(program))} "$@"', ""]
    (tools / "bin").mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=tools / "bin", delete=False) as file:
        file.write("\n".join(lines))
    os.chmod(file.name, 0o755)  # noqa: S103 (a command)
    os.replace(file.name, tools / "bin" / program.name)


def fresh(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return folder


def said(*command: str) -> str:
    """What a command printed; nothing when it failed or is not there."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return "" if run.returncode else run.stdout


def done(command: list[str]) -> bool:
    """Run a command; when it fails, say the last line of what it said."""
    run = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if run.returncode:
        last = (run.stdout.strip().splitlines() or ["it said nothing"])[-1]
        tell(f"{command[0]} failed: {last}")
    return run.returncode == 0


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """A kernel lock, free the moment its holder dies; the file itself is never deleted."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def tell(text: str) -> None:
    sys.stderr.write(f"tests: {text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else Path(__file__).resolve().parents[1] / ".tools"))
