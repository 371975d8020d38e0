"""Make `.venv` and keep it level with the lock files; the only code that runs without it.

    python3 -I pylib/bootstrap.py --core    what the toolkit needs     pylib/requirements/core.txt
    python3 -I pylib/bootstrap.py --dev     what its tests need too    pylib/requirements/dev.txt
    python3 -I pylib/bootstrap.py --local   what runs models itself    pylib/requirements/local.txt

Standard library only, and nothing newer than Python 3.8 can read, so that an old interpreter gets
a sentence instead of a syntax error. Safe when several start at once: a kernel lock lets one work
and the others find it done. A stamp that holds the hash of the lock file is written last, so a
broken-off set-up is noticed and made anew. Exit codes: 0 done, 3 cannot be done here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NEEDED = (3, 11)
CANNOT = 3
PYLIB = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(PYLIB)
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
#: There while an environment is being made; one that has it was broken off and is thrown away.
UNFINISHED = os.path.join(VENV, ".unfinished")
#: The levels that each one satisfies, and so gets a stamp for: the others hold all of core.txt.
LEVELS = {"core": ["core"], "dev": ["core", "dev"], "local": ["core", "local"]}


class CannotSetUp(Exception):
    """`args`: what is wrong in one line, what to do about it."""


def main(arguments: list[str]) -> int:
    level = arguments[0].lstrip("-") if arguments else "core"
    try:
        if sys.version_info < NEEDED:
            raise CannotSetUp(
                f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}",
                "install it (apt-get install python3, brew install python) and try again",
            )
        with locked(os.path.join(ROOT, ".venv.lock")):
            set_up(level)
    except CannotSetUp as reason:
        tell(f"error: {reason.args[0]}")
        tell(f"hint: {reason.args[1]}")
        return CANNOT
    except OSError as error:
        tell(f"error: cannot set up {error.filename or VENV}: {error.strerror}")
        tell("hint: the toolkit's folder must be writable for its first run, with 100 MB to spare")
        return CANNOT
    except KeyboardInterrupt:
        tell("error: set-up interrupted")
        return 130
    return 0


def set_up(level: str) -> None:
    """Do what is missing for `level`, which may be nothing but a fresh time on the stamps."""
    usable = is_usable()
    if not (usable and all(stamped(name) == digest(name) for name in LEVELS[level])):
        ways = installers()
        tell(f"ai-sessions: installing packages into {VENV} with {ways[0].name} ...")
        if not usable:
            make_environment()
        install(lock_file(level), ways)
        compile_bytecode()
    for name in LEVELS[level]:
        write(stamp_file(name), digest(name))
    with contextlib.suppress(FileNotFoundError):
        os.remove(UNFINISHED)


def is_usable() -> bool:
    """True for a finished environment whose interpreter still starts and is new enough."""
    if os.path.exists(UNFINISHED) or not os.access(PYTHON, os.X_OK):
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    return quietly([PYTHON, "-I", "-c", check]).returncode == 0


def make_environment() -> None:
    """An environment without pip: uv and the pip outside of it install from outside."""
    import venv

    if os.path.lexists(VENV):
        shutil.rmtree(VENV)
    os.makedirs(VENV)
    write(UNFINISHED, "")
    venv.EnvBuilder(symlinks=True, with_pip=False).create(VENV)


class Installer:
    """One way to install from a lock file. `before`: a command that has to go first."""

    def __init__(self, name: str, command: list[str], before: list[str] | None = None) -> None:
        self.name = name
        self.command = command
        self.before = before

    def complaint(self, lock: str) -> str:
        """Install what `lock` names; what the tool said when it failed, else the empty string."""
        install = [*self.command, "--require-hashes", "-r", lock]
        for command in [self.before, install] if self.before else [install]:
            done = quietly(command, subprocess.STDOUT)
            if done.returncode:
                return done.stdout or f"exit code {done.returncode}"
        return ""


def install(lock: str, ways: list[Installer]) -> None:
    """Try the ways in turn: where uv cannot reach an index that pip is set up for, pip still can.

    Raises `CannotSetUp` with the last complaint.
    """
    for way in ways:
        complaint = way.complaint(lock)
        if not complaint:
            return
    raise CannotSetUp(*explained(ways[-1].name, complaint))


def installers() -> list[Installer]:
    """What can install here: uv, then the pip outside, else the one that Python brings along."""
    uv = shutil.which("uv")
    found = [uv_installer(uv)] if uv else []
    pip = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
    install = ["install", "--quiet", "--retries", "2"]
    if pip_version(sys.executable) >= (22, 3):  # older ones do not know --python
        outside = [sys.executable, *pip, "--python", PYTHON, *install]
        return [*found, Installer("pip", outside)]
    if quietly([sys.executable, "-I", "-c", "import ensurepip"]).returncode == 0:
        before = [PYTHON, "-I", "-m", "ensurepip"]
        return [*found, Installer("pip", [PYTHON, "-I", *pip, *install], before)]
    if found:
        return found
    raise CannotSetUp(
        "neither uv nor pip is installed",
        "install one of them (apt-get install python3-pip, or uv) and try again",
    )


def uv_installer(uv: str) -> Installer:
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    return Installer("uv", command)


def pip_version(interpreter: str) -> tuple[int, ...]:
    """(23, 2) of the pip that belongs to `interpreter`; () without one."""
    done = quietly([interpreter, "-c", "import pip; print(pip.__version__)"])
    parts = done.stdout.strip().split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def quietly(
    command: list[str], stderr: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """Run `command` with nothing to read; its stdout is kept, its stderr goes where told."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def explained(name: str, output: str) -> tuple[str, str]:
    """(what is wrong, what to do) from what the installer printed, whole with DEBUG."""
    if os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on"):
        tell(output)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    reason = (errors or lines or ["it said nothing"])[-1]
    hint = "check the network, then run the same command again; DEBUG=1 shows all it said"
    return f"{name} could not install the packages: {reason[:200]}", hint


def compile_bytecode() -> None:
    """Our own modules too: the first start is then as fast as all the others."""
    with contextlib.suppress(OSError):
        quietly([PYTHON, "-I", "-m", "compileall", "-q", PYLIB])


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """A kernel lock, free the moment its holder dies; the file itself is never deleted."""
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock_file(level: str) -> str:
    return os.path.join(PYLIB, "requirements", level + ".txt")


def stamp_file(level: str) -> str:
    return os.path.join(VENV, level + ".stamp")


def stamped(level: str) -> str:
    """The hash that the environment was made from; the empty string when it has no stamp."""
    try:
        with open(stamp_file(level)) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def digest(level: str) -> str:
    """Of the lock file as it is now."""
    with open(lock_file(level), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def write(path: str, text: str) -> None:
    """In one step, so that a stamp is either whole or not there."""
    with open(path + ".tmp", "w") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def tell(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
