"""For all tests: Ctrl-C is heard, also when they run in the background, where it is ignored; a time
zone of this machine's own for the tests that ask for one; and a run in which all tests of a folder
were skipped has not passed.
"""

import collections
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)
#: No example of a property has a time limit, nor has the making of them: on a machine that is busy
#: it would fail for that. The examples are the same each time; AI_SESSIONS_LONG=1 takes others.
with contextlib.suppress(ImportError):
    import hypothesis

    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(
        "untimed",
        deadline=None,
        suppress_health_check=slow,
        derandomize=os.environ.get("AI_SESSIONS_LONG") != "1",
    )
    hypothesis.settings.load_profile("untimed")

SKIPPED = 6
#: Has pytest load no plug-in of its environment: ours take a second of each start (hypothesis).
NO_PLUGINS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


@pytest.fixture(scope="session", autouse=True)
def plain_pytest() -> Iterator[None]:
    """A pytest that a test starts is one without our plug-ins, as that of most projects is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(NO_PLUGINS, "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_python() -> Iterator[None]:
    """A `python3` that a test starts is an interpreter. The script that a version manager has in
    its place begins 30 processes to find it, each time anew.
    """
    found = shutil.which("python3")
    with pytest.MonkeyPatch.context() as patch:
        if found and Path(found).read_bytes()[:2] == b"#!":
            asked = [found, "-c", "import sys; print(sys.executable)"]
            told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
            if told.strip():
                patch.setenv("PATH", str(Path(told.strip()).parent), prepend=os.pathsep)
        yield


@pytest.fixture
def local_zone() -> Iterator[Callable[[str], None]]:
    """Make a time zone this machine's own, until the test ends."""
    with pytest.MonkeyPatch.context() as patch:

        def set_to(name: str) -> None:
            patch.setenv("TZ", name)
            time.tzset()

        yield set_to
    time.tzset()


class Folders:
    """Which folders had a test that ran, and why those of the others were skipped."""

    def __init__(self) -> None:
        self.ran: set[str] = set()
        self.reasons: dict[str, collections.Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        folder = os.path.dirname(report.nodeid.split("::")[0])
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.reasons.setdefault(folder, collections.Counter())[reason] += 1
        elif report.when == "call":
            self.ran.add(folder)

    def skipped_whole(self) -> dict[str, "collections.Counter[str]"]:
        return {name: why for name, why in self.reasons.items() if name not in self.ran}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        may_skip = os.environ.get("TESTS_MAY_SKIP") == "1"
        if session.exitstatus == 0 and self.skipped_whole() and not may_skip:
            session.exitstatus = SKIPPED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, why in self.skipped_whole().items():
            told = "; ".join(f"{count} x {reason}" for reason, count in why.items())
            terminalreporter.write_line(f"skipped: all of {name} ({told})")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # with xdist only the first process sees all reports
        config.pluginmanager.register(Folders())
