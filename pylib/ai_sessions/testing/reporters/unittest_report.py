"""Run unittest with its usual arguments and write every case to a JSON file.

Runs in the Python of the project under test, by path and alone: standard library only, and nothing
newer than Python 3.8. Usage: python unittest_report.py REPORT.json [arguments of -m unittest ...]
"""

# ruff: noqa: N802, UP031  (unittest's own names; Python 3.8)

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import unittest
import unittest.runner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any, TypeAlias

    Raised: TypeAlias = (
        tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    )


#: Raised before anything was tested: the test could not start.
_NOT_STARTED = (ImportError, NameError, SyntaxError)


class Result(unittest.TextTestResult):
    """Notes what became of each test; of several results of one test the worst counts."""

    ranks = ("passed", "skipped", "failed", "error")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.noted: dict[str, tuple[str, str]] = {}

    def note(self, test: unittest.TestCase, outcome: str, message: str = "") -> None:
        id_ = identity(test)
        known = self.noted.get(id_, ("passed", ""))
        if id_ not in self.noted or self.ranks.index(outcome) > self.ranks.index(known[0]):
            self.noted[id_] = (outcome, message)

    def note_error(self, test: unittest.TestCase, error: Raised) -> None:
        value = error[1]
        kind = type(value)
        not_loaded = type(test).__name__ == "_FailedTest"
        message = "%s: %s" % (kind.__name__, value)
        if not_loaded:  # a whole traceback as text: what was raised is its last line
            message = str(value).strip().splitlines()[-1] + "\n" + str(value)
        module_lacks = issubclass(kind, AttributeError) and str(value).startswith("module '")
        unready = not_loaded or issubclass(kind, _NOT_STARTED) or module_lacks
        self.note(test, "error" if unready else "failed", message)

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.note(test, "passed")

    def addError(self, test: unittest.TestCase, err: Raised) -> None:
        super().addError(test, err)
        self.note_error(test, err)

    def addFailure(self, test: unittest.TestCase, err: Raised) -> None:
        super().addFailure(test, err)
        self.note_error(test, err)

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Raised | None
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note_error(test, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Raised) -> None:
        super().addExpectedFailure(test, err)
        self.note(test, "skipped", "expected failure")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self.note(test, "failed", "unexpected success")


class Watching:
    """A result of any class; what becomes of tests is noted in `notes`, too."""

    def __init__(self, result: Any, notes: Result) -> None:
        self.__dict__.update(_result=result, _notes=notes)

    def __getattr__(self, name: str) -> Any:
        theirs = getattr(self._result, name)
        ours = getattr(self._notes, name, None) if name.startswith("add") else None
        if not callable(ours):
            return theirs

        def both(*args: Any, **kwargs: Any) -> Any:
            ours(*args)
            return theirs(*args, **kwargs)

        return both

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._result, name, value)


@contextlib.contextmanager
def watched() -> Iterator[dict[str, tuple[str, str]]]:
    """Notes what becomes of each test in this process, whatever class of results it has."""
    notes = Result(unittest.runner._WritelnDecorator(io.StringIO()), False, 0)
    case: Any = unittest.TestCase
    run = case.run

    def run_watched(test: unittest.TestCase, result: Any = None) -> Any:
        return run(test, result if result is None else Watching(result, notes))

    case.run = run_watched
    try:
        yield notes.noted
    finally:
        case.run = run


def identity(test: unittest.TestCase) -> str:
    """`tests/test_a.py::Class::test`; a file that was not loaded, or is skipped, is its own id."""
    if type(test).__name__ in ("_FailedTest", "ModuleSkipped"):
        return file_of(getattr(test, "asked_for", test._testMethodName))
    if type(test).__name__ == "_ErrorHolder":  # setUpClass (tests.test_a.Class), setUpModule (...)
        hook, _, owner = test.id().partition(" (")
        return place(owner.rstrip(")")) + "::" + hook
    return place(test.id())


def place(dotted: str) -> str:
    """A dotted name with the module replaced by its file."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        path = getattr(module, "__file__", None)
        if path:
            file = os.path.relpath(path).replace(os.sep, "/")
            return "::".join([file, *parts[cut:]])
    return dotted


def file_of(dotted: str) -> str:
    """The file of a module that could not be imported; its name where no such file is found."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        for folder in (".", *sys.path[:1]):
            path = os.path.join(folder, *parts[:cut]) + ".py"
            if os.path.exists(path):
                return os.path.relpath(path).replace(os.sep, "/")
    for word in sys.argv[2:]:  # of a module in a package unittest may tell only the last name
        path = word if word.endswith(".py") else word.replace(".", "/") + ".py"
        if os.path.basename(path) == dotted + ".py" and os.path.exists(path):
            return os.path.relpath(path).replace(os.sep, "/")
    return dotted


class Loader(unittest.TestLoader):
    """Notes a file that cannot be loaded as an error of its own, whatever it raised."""

    def loadTestsFromName(self, name: str, module: Any = None) -> Any:
        try:
            found: Any = super().loadTestsFromName(name, module)
        except unittest.SkipTest as reason:
            found = made("ModuleSkipped", reason)
        except Exception as error:
            found = made("_FailedTest", ImportError("%s: %s" % (type(error).__name__, error)))
        if type(found).__name__ in ("_FailedTest", "ModuleSkipped"):
            found.asked_for = name
        return found


def made(kind: str, raised: Exception) -> Any:
    """A test that raises this, of a class of that name."""

    def load(_self: Any) -> None:
        raise raised

    return type(kind, (unittest.TestCase,), {"load": load})("load")


def write(report: str, noted: dict[str, tuple[str, str]]) -> None:
    cases = [
        {"id": id_, "outcome": outcome, "message": message}
        for id_, (outcome, message) in noted.items()
    ]
    with open(report, "w", encoding="utf-8") as file:
        json.dump(cases, file)


def main() -> None:
    report, arguments = os.path.abspath(sys.argv[1]), sys.argv[2:]
    sys.path[0] = ""  # as `-m` does, and this folder's files are not the project's modules
    noted: dict[str, tuple[str, str]] = {}

    class Runner(unittest.TextTestRunner):
        resultclass = Result

        def run(self, test: unittest.TestSuite | unittest.TestCase) -> Any:
            result: Any = super().run(test)
            noted.update(result.noted)
            return result

    name = os.path.basename(sys.executable) + " -m unittest"
    program = unittest.main(
        module=None, argv=[name, *arguments], testRunner=Runner, testLoader=Loader(), exit=False
    )
    write(report, noted)
    sys.exit(0 if program.result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
