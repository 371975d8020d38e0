"""A run of tests as the gate sees it: its class, its counts, its end, how to tell two apart."""

import hashlib
import json
import re
from collections.abc import Collection

from ai_sessions.testing.contract import Run, RunClass

FEEDBACK_LINES = 60
#: What test tools say when there was nothing to run, and they are content: mocha, tap, rspec,
#: minitest, phpunit, dotnet, ctest, deno, bun, unittest, cargo and pytest behind a wrapper.
_NO_TESTS = re.compile(
    r"^\s*0 passing\b|^# tests 0$|^1\.\.0\b|^0 examples, 0 failures|^0 runs, 0 assertions"
    r"|^No tests executed!|^No test is available|^No tests were found|^ok \| 0 passed|^\s*0 pass$"
    r"|^Ran 0 tests|^running 0 tests|^Tests:\s+0 total|\bno tests ran\b|\[no test files\]$",
    re.MULTILINE,
)
_SOME_TESTS = re.compile(
    r"^\s*[1-9]\d* passing\b|^# tests [1-9]|^1\.\.[1-9]|^[1-9]\d* (?:examples?|runs),"
    r"|^ok \| [1-9]|^\s*[1-9]\d* pass$|^Ran [1-9]|^running [1-9]|^Tests:\s+[1-9]|\b[1-9]\d* passed"
    r"|^ok\s+\S+\s+(?:\(cached\)|[\d.]+s)",
    re.MULTILINE,
)
_EXCEPTION = re.compile(
    r"(?:\w+\.)*(\w*(?:Error|Exception|Timeout|Interrupt|Exit|Expired))(?=:| \[|\s*$)", re.MULTILINE
)
TIMED_OUT, NOT_EXECUTABLE, NOT_FOUND = 124, 126, 127


def run_class(run: Run) -> RunClass:
    """The class of a run, from counted cases; of an opaque one from its exit code."""
    if run.exit_code in (TIMED_OUT, NOT_EXECUTABLE, NOT_FOUND) or run.exit_code > 128:
        return "crash"
    if run.coverage:
        return "pass"
    if run.opaque:
        is_empty = not run.exit_code and is_without_tests(run.output)
        return "fail" if run.exit_code else "none" if is_empty else "pass"
    return _counted_class(run) if run.counted else "crash"


def is_without_tests(output: str) -> bool:
    """True when a test tool says at its end that it ran no test, and none says that it ran one."""
    end = "\n".join(output.splitlines()[-FEEDBACK_LINES:])
    return bool(_NO_TESTS.search(end)) and not _SOME_TESTS.search(end)


def _counted_class(run: Run) -> RunClass:
    if run.ids("failed"):
        return "fail"
    if run.ids("error"):
        return "error"
    if not run.ids("passed"):
        return "none"
    # every case passed and still it is not content: a reporter that broke
    return "fail" if run.exit_code else "pass"


def counts(run: Run) -> str:
    """`3 failed, 1 passed` for people; the exit code of what cannot be counted."""
    if run.opaque and run.coverage:
        return "all passed, opaque"
    if run.opaque or not run.cases:
        return f"exit {run.exit_code}, opaque" if run.opaque else f"no test, exit {run.exit_code}"
    numbers = {word: len(run.ids(word)) for word in ("failed", "error", "passed", "skipped")}
    told = {"error": "could not start"}
    return ", ".join(
        f"{number} {told.get(word, word)}" for word, number in numbers.items() if number
    )


def tail(run: Run, lines: int = FEEDBACK_LINES) -> str:
    """The end of a run's output, what a model is shown."""
    return "\n".join(run.output.rstrip().splitlines()[-lines:])


def fingerprint(run: Run) -> str:
    """Equal for two runs that fail in the same way, whatever their times, addresses and order."""
    cases = sorted(
        (case.id, case.outcome, _steady(case.message))
        for case in run.cases
        if case.outcome in ("failed", "error")
    )
    told = cases or _steady(tail(run))
    return hashlib.sha256(json.dumps([run_class(run), told]).encode()).hexdigest()


def _steady(text: str) -> str:
    """`text` without what changes from run to run: addresses, temporary folders, numbers."""
    text = re.sub(r"0x[0-9a-fA-F]+|/(?:private/)?(?:tmp|var/folders)/\S+", "~", text)
    return re.sub(
        r"\d+(?:\.\d+)?(?=\s*(?:ms|s|seconds|µs)\b)|\d{4}-\d\d-\d\d[T ][\d:.]+Z?", "~", text
    )


def exception(message: str) -> str:
    """The kind of exception that a test ended with, as its message begins; empty: it does not say.

    `AssertionError`, of `AssertionError: 1 != 2`, `requests.exceptions.ConnectionError: ...` and
    `AssertionError [ERR_ASSERTION]: ...`.
    """
    found = _EXCEPTION.match(message.lstrip())
    return found[1] if found else ""


def crash(run: Run) -> str:
    """How a run came to nothing, with the last thing it said."""
    last = _last_said(run.output)
    told = {
        TIMED_OUT: "the tests timed out",
        NOT_FOUND: f"the test command was not found: {last}",
        NOT_EXECUTABLE: f"the test command cannot be run: {last}",
    }.get(run.exit_code)
    if told:
        return told
    if run.exit_code > 128:
        return f"the tests were killed by signal {run.exit_code - 128}"
    if run.counted:
        return f"no test ran ({counts(run)})"
    return f"no result could be read (exit {run.exit_code}): {last}"


def _last_said(output: str) -> str:
    """Its last line; where a tool shows its own stack behind the error, the error."""
    said, stack, _frames = output.partition("Stack backtrace:")
    lines = said.strip().splitlines()
    errors = [line for line in lines if stack and line.startswith("error: ")]
    return next(iter([*errors, *reversed(lines)]), "it said nothing")


def is_file(id_: str) -> bool:
    return "::" not in id_


def under(id_: str, ids: Collection[str]) -> bool:
    """True when `ids` holds this test, or any test of this file or folder."""
    return id_ in ids or (
        is_file(id_) and any(one.startswith((f"{id_}::", f"{id_}/")) for one in ids)
    )
