"""What all agent commands have in common: finding one, running it, telling its failures apart."""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ai_sessions.environment import marked, without_git
from ai_sessions.errors import ProviderError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.names import is_conversation
from ai_sessions.plurals import counted
from ai_sessions.providers import meters, process
from ai_sessions.providers.contract import Failure, Request
from ai_sessions.providers.fields import one_line, table, word
from ai_sessions.records import Json, Resume, Status

#: (status, what its text, code or exit code looks like, what to do about it).
Classes = Sequence[tuple[Status, str, str]]

AGAIN = "run the same command again"
LATER = "try again in a minute"
LIMITED = "wait a little, or use another model or agent: --model, --provider"
LESS = "ask for less at once"
_ANOTHER = "begin another session: plan.sh, implement.sh and review.sh take --session NAME"
EMPTY = Failure("empty", "it ended without an answer", AGAIN)
#: Exit codes of a run that was stopped from outside; 0, because some agents end so with success.
STOPPED = (0, 129, 130, 137, 143)
_MOST_PARENTS = 4
#: Characters of a complaint that are looked at.
_MOST_TOLD = 4000
#: What is said of a request that no model has seen; a stream that broke may have been paid for.
_NEVER_BEGUN = re.compile(
    r"connection refused|ECONNREFUSED|ENOTFOUND|EAI_|can't reach|cannot connect"
    r"|error sending request|\b(status:?|API Error:) ?5\d\d\b|\bexit 24[4-8]\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Access:
    """How to get an agent, and how to log in to it.

    `keys`: variables that make a login unnecessary. `logins`: files that a login leaves behind,
    below `~` or a `$VARIABLE`. `keychain`: on macOS it keeps its login where we do not look.
    """

    install: str
    login: str
    keys: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    keychain: bool = False


def found(name: str, environment: Mapping[str, str], install: str) -> str:
    """Path of a command. Raises `ProviderError` when it is not on the PATH of `environment`."""
    path = shutil.which(name, path=environment.get("PATH", os.defpath))
    if path is None:
        hint = f"{install}, or --provider openai, or: demo.sh"
        raise ProviderError(f"{name} is not installed (not on your PATH)", hint)
    return path


def conversation(resume: Resume) -> str:
    """The id as it may stand in a command line. Raises `ProviderError` for one that agents do not
    give, which could be an option of theirs.
    """
    if is_conversation(resume.id):
        return resume.id
    raise ProviderError(f"not a conversation: {resume.id!r}", _ANOTHER)


def run(
    words: Sequence[str],
    request: Request,
    environment: Mapping[str, str],
    take: Callable[[str], None],
    stdin: str = "",
    *,
    has_said_all: Callable[[], bool] | None = None,
    complain: Callable[[str], None] = lambda _line: None,
    spent: meters.Spent | None = None,
) -> process.Ended:
    """Run an agent's command for a request; its prompt goes to standard input.

    `has_said_all`: whether its result has come; one that hangs after it is ended. `complain`: hears
    its standard error. `spent`: what it has cost so far, for one that does not
    stop by itself at what it may cost.
    """
    command = process.Command(
        words,
        cwd=request.cwd,
        environment=marked(without_git(environment)),
        stdin=stdin or request.prompt,
        timeout_s=request.timeout_s,
        silence_s=request.silence_s,
        log_dir=request.log_dir,
        keeps_words=request.keeps_words,
        on_error=complain,
        stop=request.stop,
        why_stop=meters.stop(request, spent) if spent and request.budget_nusd is not None else None,
        has_said_all=has_said_all,
    )
    return process.run(command, take)


def version(path: str) -> str:
    """The version of a command that npm installed, from its package; empty when it is no such.

    Asking the command itself takes some of them seconds.
    """
    for folder in Path(os.path.realpath(path)).parents[:_MOST_PARENTS]:
        try:
            package = json.loads((folder / "package.json").read_bytes())
        except (OSError, ValueError):
            continue
        if os.path.basename(path) in table(package, "bin"):
            return word(package, "version")
    return ""


def details(ended: process.Ended, unreadable: int) -> Json:
    """What is worth keeping about how a command ended; nothing when it ended well."""
    facts = {
        "exit_code": ended.exit_code,
        "unreadable_lines": unreadable,
        "hung_after_result": ended.hung,
    }
    return {key: value for key, value in facts.items() if value}


def ended_by_us(ended: process.Ended, classes: Classes = (), complaint: str = "") -> Failure | None:
    """The failure of a run that one of our clocks ended, or that cost all it may.

    `complaint`: what it tried again about to the end, if anything; that is the reason then.
    """
    if ended.cancelled:
        return Failure("interrupted", "it was stopped before it answered", AGAIN)
    if ended.stopped:
        return Failure("budget", ended.stopped, "raise the budget, or ask for less at once")
    if not ended.timed_out:
        return None
    hint = "raise AI_TIMEOUT or AI_SILENCE_TIMEOUT, or ask for less at once"
    if not complaint:
        return Failure("timeout", ended.timed_out, hint)
    found = classified(classes, complaint)
    message = f"{found.message} (it kept trying: {ended.timed_out})"
    if found.status == "other":
        return Failure("timeout", message, hint)
    return replace(found, message=message)


def proved(asked: Resume | None, failure: Failure | None) -> Resume | None:
    """How to continue when no id came back: as asked after a failure, but an answer without an id
    may have come from anywhere.
    """
    return asked if failure else None


def classified(classes: Classes, told: str, *clues: object) -> Failure:
    """The first class that fits what it told, or another clue."""
    text = " ".join(str(clue) for clue in (told, *clues) if clue)
    for status, pattern, hint in classes:
        if re.search(pattern, text, re.IGNORECASE):
            refused = bool(_NEVER_BEGUN.search(text))
            message = one_line(told) or status
            failure = Failure(status, message, hint, told[:_MOST_TOLD], refused=refused)
            return with_figures(failure, text)
    hint = "its whole output is in the session's logs"
    return Failure("other", one_line(told) or "it failed without a word", hint)


def with_figures(failure: Failure, text: str) -> Failure:
    """With what it tells of a prompt that was too long."""
    if failure.status != "context_too_long":
        return failure
    from ai_sessions.providers import context_errors

    named = context_errors.figures(text)
    return replace(failure, limit_tokens=named.limit, sent_tokens=named.sent)


def no_answer(
    name: str, classes: Classes, ended: process.Ended, unreadable: int, *clues: object
) -> Failure:
    """It ended before it said how it went."""
    if ended.exit_code in STOPPED:
        if unreadable:
            message = f"not JSON: {counted(unreadable, 'line')} of its answer"
            return Failure("unreadable", message, f"is the {name} on your PATH the agent?")
        return Failure("interrupted", "it was stopped before it answered", AGAIN)
    return classified(classes, ended.stderr, *clues)
