"""The one entrance of the command line, and the one place where errors become exit codes.

`list`, `stats`, `search`, `path`, `status FEATURE`, the help page and what the assistant shows are
answered before click or any other package is imported: reading a thousand checkpoints takes less
time than importing click.
"""

from __future__ import annotations

import gc
import io
import os
import sys

from ai_sessions import config, site_packages
from ai_sessions.cli import packages
from ai_sessions.cli.called import VARIABLE, word
from ai_sessions.cli.output import NobodyListens, Output
from ai_sessions.cli.terminal import COMPLETE, is_ascii_only, room
from ai_sessions.disk import refusals
from ai_sessions.errors import AiSessionsError, ConfigError, NotFound, StorageError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import NoReturn

    from ai_sessions.index import Index

_VERSION = (["--version"], ["-V"], ["version"])
#: What is answered from the index, with or without --json.
_LIGHT = (["list"], ["stats", "--advice"])
INTERRUPTED = 130
TERMINATED = 143
#: Objects until the collector looks for circles: after the usual 700 it takes 11 ms of a task.
_COLLECTED_AFTER = 50_000


def main(argv: list[str], called: str = "") -> int:
    """Do what `argv` says; returns the exit code. `called`: what stands before a script's name when
    this user types it (`called.py`); a script that becomes this process knows better.
    """
    gc.set_threshold(_COLLECTED_AFTER)
    _open_streams()
    out = _output(argv, os.environ.pop(VARIABLE, called))
    code = guarded(lambda: _done(argv, out), out)
    return _flushed(out, code)


def installed() -> NoReturn:
    """The command `ai-sessions` of an installed package."""
    end(main(sys.argv[1:], word(sys.argv[0], os.environ)))


def end(code: int) -> NoReturn:
    """Leave the process at once: all is flushed, and taking modules and rows apart would cost a
    small command 13 ms. A thread that is still at work is waited for.
    """
    threading = sys.modules.get("threading")
    if threading and threading.active_count() > 1:
        sys.exit(code)
    os._exit(code)


def guarded(work: Callable[[], int], out: Output) -> int:
    """Run `work`; whatever it raises becomes one line on stderr and the right exit code."""
    try:
        return work()
    except NobodyListens:
        return 0
    except (KeyboardInterrupt, _Terminated) as reason:
        stopped = _Stopped("interrupted", "run the same command again to go on")
        code = TERMINATED if isinstance(reason, _Terminated) else INTERRUPTED
        out.failed(stopped, code)
        return code
    except Exception as error:
        _show_traceback(out)
        told = known(error)
        out.failed(told, told.exit_code)
        return told.exit_code


def known(error: Exception) -> AiSessionsError:
    """The same failure in the words of errors.py."""
    if isinstance(error, AiSessionsError):
        return error
    if refused := refusals.told(error):
        return refused
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] != "ai_sessions":
        venv = "remove the folder .venv of the toolkit; the next command makes it anew"
        hint = "install ai-sessions anew" if config.INSTALLED else venv
        return ConfigError(f"a package of the toolkit is missing: {error.name}", hint)
    return _Bug(f"{type(error).__name__}: {error} (this is a bug)", "--debug shows where")


class _Bug(AiSessionsError):
    kind = "bug"


class _Stopped(AiSessionsError):
    exit_code = INTERRUPTED
    kind = "interrupted"


class _Terminated(SystemExit):
    """We were told to end. No `Exception`, so that nothing on the way up takes it for a failure."""


def _open_streams() -> None:
    """Give a standard stream that is closed a place, lest a file of ours takes its number and what
    is printed ends up in there.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115 (stays open)


def _output(args: list[str], called: str) -> Output:
    """The flags that every command has count wherever they stand before `--`."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            _never_fail(stream)
    flags = args[: args.index("--")] if "--" in args else args
    return Output(
        json="--json" in flags,
        jsonl="--jsonl" in flags,
        quiet="--quiet" in flags or "-q" in flags,
        debug="--debug" in flags
        or os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on"),
        called=called,
    )


def _never_fail(stream: io.TextIOWrapper) -> None:
    """Let no letter stop us: a name that is no text, or one that the locale does not have. What
    comes from and goes to other programs is UTF-8 in every locale, as JSON has to be.
    """
    stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _done(args: list[str], out: Output) -> int:
    code = None
    if COMPLETE not in os.environ:
        if hint := config.hint(os.environ):
            out.note(hint)
        code = _fast(args, out)
    if code is not None:
        return code
    site_packages.use()
    catch_termination()
    try:
        from ai_sessions.cli.main import run
    except ModuleNotFoundError:
        packages.repair(out.called)
        raise

    return run(args, out)


def _fast(args: list[str], out: Output) -> int | None:
    """The answer of a light command; None when it takes the whole program."""
    if args in ([], ["help"], ["--help"], ["-h"], *_VERSION):
        return _page(args, out)
    if args[0] == "status" and len(args) == 2 and (args[1] == "--all" or args[1][:1] != "-"):
        return _status(args[1], out)
    if [one for one in args if one != "--json"] in _LIGHT or args == ["path"]:
        return _listed(args, out)
    plainest = {
        "stats": _asked,
        "search": _asked,
        "import": _imported,
        "assistant": _assistant,
    }.get(args[0])
    return plainest(args, out) if plainest else None


def _listed(args: list[str], out: Output) -> int:
    """What is said of all sessions."""
    from ai_sessions.cli import listing

    settings, root = _started()
    if args == ["path"]:
        return listing.path_of_all(root, out)
    if "list" in args:
        return listing.list_all(listing.index_at(root), out)
    from ai_sessions.cli import advising

    return advising.advise(listing.index_at(root), out, settings)


def _asked(args: list[str], out: Output) -> int | None:
    """The answer of `stats` or `search`; None when click has to read the options."""
    from ai_sessions.cli import listing, plain_forms

    words = plain_forms.search(args)
    if words is not None:
        return _searched(words, out)
    options = plain_forms.stats(args)
    if options is None:
        return None
    settings, root = _started()
    index = listing.index_at(root)
    if not options:
        return listing.stats_all(index, out, settings)
    from ai_sessions.cli import figures

    wanted = figures.Wanted(
        key=options.get("--by"),
        since=options.get("--since"),
        until=options.get("--until"),
        feature=options.get("--feature"),
    )
    figures.show(figures.Door(index, out, lambda: settings, os.environ), wanted)
    return 0


def _searched(words: str, out: Output) -> int:
    from ai_sessions.assemble import meanings
    from ai_sessions.cli import listing, searching

    settings, root = _started()
    site_packages.use()  # where the model would be
    meaning = meanings.meaning(settings, root)
    return searching.show(listing.index_at(root), out, words, meaning=meaning)


def _assistant(args: list[str], out: Output) -> int | None:
    """The greeting, statistics, or both; None when click has to read the options."""
    from ai_sessions.cli import plain_forms

    wanted = plain_forms.assistant(args)
    if wanted is None:
        return None
    from ai_sessions.cli.assistant import welcoming

    settings, _root = _started()
    if wanted[0] == "greeting" and welcoming.greet(settings, out):
        return 0
    from ai_sessions.assemble.assistant import assistant
    from ai_sessions.cli.assistant import showing

    showing.show(assistant(settings, os.environ, out.note), out, *wanted)
    return 0


def _imported(args: list[str], out: Output) -> int | None:
    """Import the logs of agents; None when click has to read the options."""
    from ai_sessions.cli import plain_forms

    options = plain_forms.imports(args)
    if options is None:
        return None
    site_packages.use()
    catch_termination()
    try:
        from ai_sessions.cli import agent_logs
        from ai_sessions.cli.app import App
    except ModuleNotFoundError:
        packages.repair(out.called)
        raise

    if options["--from"] not in agent_logs.AGENTS:
        return None
    agent_logs.take_in(App(out), options["--from"], None, anew="--anew" in options)
    return 0


def _started() -> tuple[config.Settings, str]:
    """The settings, and the folder of sessions."""
    gc.disable()  # the process ends before there is garbage worth looking for
    return _settings(), config.session_dir(os.environ)


def _status(feature: str, out: Output) -> int | None:
    """Where a feature stands; None when it takes the whole program to say so."""
    repository = _repository()
    if repository is None:
        return None
    settings = _settings()
    from ai_sessions.display import colours
    from ai_sessions.workflow import status

    root = config.session_root(os.environ)
    try:
        width = room() if out.is_terminal() else None
        if feature == "--all":
            out.say(status.overview(repository, root, width))
        else:
            ascii_only = is_ascii_only(os.environ)
            out.say(
                status.show(
                    repository,
                    feature,
                    root,
                    ascii_only=ascii_only,
                    width=width,
                    mark=colours.word,
                )
            )
        _say_limits(out, settings)
    except (ImportError, NotFound, FileNotFoundError):
        # A plan that was edited since takes a package to read, what is no feature may be the
        # beginning of one, and where git is missing the whole program says so.
        return None
    return 0


def _say_limits(out: Output, settings: config.Settings) -> None:
    """On stderr, for they are no part of where a feature stands."""
    from ai_sessions.cli import budgeted, limited

    root = config.session_dir(os.environ)
    for line in (
        *budgeted.lines(settings, lambda: _index(root)),
        *limited.lines(root, settings, os.environ),
    ):
        out.note(line)


def _index(root: str) -> Index:
    from ai_sessions.cli import listing

    return listing.index_at(root)


def _settings() -> config.Settings:
    """Those outside of any project, all of them right. Raises `ConfigError` for a wrong one."""
    found = config.of_user(os.environ)
    found.check()
    if any(found[name] for name in config.PROVIDER_SETTINGS):
        from ai_sessions.assemble import providers

        providers.check_providers(found, os.environ)
    return found


def _repository() -> str | None:
    try:
        return config.repository(os.getcwd())
    except FileNotFoundError:  # the folder we are in was removed
        return None


def _page(args: list[str], out: Output) -> int:
    from ai_sessions.cli import commands, overview

    if not args:
        out.aside(overview.page(out.called, room() if out.stderr.isatty() else None))
        return UsageError.exit_code
    cells = room() if out.is_terminal() else None
    out.say(commands.VERSION if args in _VERSION else overview.page(out.called, cells))
    return 0


def catch_termination() -> None:
    """Let SIGTERM, and a terminal that is closed, unwind the program, so that agents are stopped
    and files stay whole. Under nohup the latter stays ignored.
    """
    import signal

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Terminated(TERMINATED)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def _flushed(out: Output, code: int) -> int:
    """Write out what is buffered; a full disk behind stdout is an error, a closed pipe is not."""
    try:
        out.flush()
    except StorageError as error:
        if code != error.exit_code:  # else it was said already
            out.failed(error, error.exit_code)
        return error.exit_code
    return code


def _show_traceback(out: Output) -> None:
    if out.debug:
        import traceback

        traceback.print_exc(file=out.stderr)
