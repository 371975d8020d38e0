"""The gate on runs of the real tools: an honest task from red to green, and the usual liars."""

import shutil
import sys
from dataclasses import dataclass

import pytest

from ai_sessions.gate import Files, Scope, judge_green, judge_red
from ai_sessions.plan.document import Command
from ai_sessions.testing.registry import run_tests


@dataclass(frozen=True)
class Tool:
    """How one task looks in one language. `assertion`: a test of a module that exists already."""

    command: tuple[str, ...]
    test: str
    source: str
    honest: str
    work: str
    trivial: str
    skipped: str


TOOLS = {
    "pytest": Tool(
        (sys.executable, "-m", "pytest", "-q", "{tests}"),
        "tests/test_pay.py",
        "src/pay.py",
        "from src.pay import charge\ndef test_once():\n    assert charge('k') == charge('k')\n",
        "def charge(key):\n    return key\n",
        "def test_once():\n    assert True\n",
        "import pytest\n@pytest.mark.skip\ndef test_once():\n    assert 0\n",
    ),
    "unittest": Tool(
        (sys.executable, "-m", "unittest", "{tests}"),
        "tests/test_pay.py",
        "src/pay.py",
        "import unittest\nfrom src.pay import charge\nclass TestPay(unittest.TestCase):\n"
        "    def test_once(self):\n        self.assertEqual(charge('k'), 'k')\n",
        "def charge(key):\n    return key\n",
        "import unittest\nclass TestPay(unittest.TestCase):\n    def test_once(self): pass\n",
        "import unittest\nclass TestPay(unittest.TestCase):\n"
        "    @unittest.skip('later')\n    def test_once(self): pass\n",
    ),
    "bats": Tool(
        ("bats", "{tests}"),
        "tests/pay.bats",
        "src/pay.sh",
        '@test "charges once" { run ./src/pay.sh k; [ "$output" = k ]; }\n',
        '#!/bin/sh\necho "$1"\n',
        '@test "charges once" { true; }\n',
        '@test "charges once" { skip; }\n',
    ),
    "node": Tool(
        ("node", "--test", "{tests}"),
        "tests/pay.test.mjs",
        "src/pay.mjs",
        "import test from 'node:test'; import assert from 'node:assert';\n"
        "import { charge } from '../src/pay.mjs';\n"
        "test('charges once', () => { assert.equal(charge('k'), 'k') });\n",
        "export function charge(key) { return key }\n",
        "import test from 'node:test'; test('charges once', () => {});\n",
        "import test from 'node:test'; test.skip('charges once', () => {});\n",
    ),
}


@pytest.fixture(params=TOOLS)
def tool(request):
    found = TOOLS[request.param]
    if not shutil.which(found.command[0]):
        pytest.skip(f"{found.command[0]} is not on PATH")
    return found


@pytest.fixture
def step(tool, project, environ):
    """Write files, run the task's tests."""

    def step(files):
        root = project(files)
        for path in root.glob("src/*.sh"):
            path.chmod(0o755)
        return run_tests(Command(tool.command), [tool.test], root, environ, 60)

    return step


@pytest.fixture
def scope(tool):
    return Scope("T1.1", (tool.test,), (tool.source,))


def red_of(scope, tool, baseline, red):
    return judge_red(scope, baseline, red, Files([tool.test], [tool.test]))


def test_an_honest_task_passes_the_gate(tool, step, scope):
    baseline = step({})
    red = step({tool.test: tool.honest})
    green = step({tool.source: tool.work})

    first = red_of(scope, tool, baseline, red)
    assert first.ok, first.reason
    last = judge_green(scope, baseline, red, green, None, green, {}, {}, [tool.source])
    assert last.ok, last.reason


def test_work_that_does_not_do_it_is_refused(tool, step, scope):
    red = step({tool.test: tool.honest})
    green = step({tool.source: tool.work.replace("key", "other", 1).replace('"$1"', "no")})

    verdict = judge_green(scope, None, red, green, None, None, {}, {}, [tool.source])

    assert verdict.code == "red"


@pytest.mark.parametrize(("liar", "code"), [("trivial", "pass"), ("skipped", "none")])
def test_a_liar_is_sent_back(tool, step, scope, liar, code):
    baseline = step({})
    red = step({tool.test: getattr(tool, liar)})

    assert red_of(scope, tool, baseline, red).code == code


def test_an_empty_test_file_is_sent_back(tool, step, scope):
    assert red_of(scope, tool, None, step({tool.test: ""})).code == "none"
