"""The gate from end to end with each test tool that is installed here."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from scripted import Agent, git

from ai_sessions.workflow.implement import Options, implement
from ai_sessions.workflow.verify import Options as Checking
from ai_sessions.workflow.verify import verify

_HOME = Path.home()


@dataclass(frozen=True)
class Tool:
    """One test tool: how its tests are run, a test, the work that makes it pass."""

    program: str
    command: str
    test: tuple[str, str]
    source: tuple[str, str]
    files: tuple[tuple[str, str], ...] = ()
    """What the project has from the beginning."""


TOOLS = {
    "pytest": Tool(
        "pytest",
        "[python3, -m, pytest, -q, '{tests}']",
        ("test_add.py", "from add import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"),
        ("add.py", "def add(a, b):\n    return a + b\n"),
    ),
    "bats": Tool(
        "bats",
        "[bats, '{tests}']",
        ("add.bats", '@test "adds" {\n  run ./add.sh 1 2\n  [ "$output" = 3 ]\n}\n'),
        ("add.sh", "#!/bin/sh\necho $(($1 + $2))\n"),
    ),
    "node": Tool(
        "node",
        "[node, --test, '{tests}']",
        (
            "add.test.mjs",
            "import test from 'node:test';\nimport assert from 'node:assert';\n"
            "test('adds', async () => {\n  const { add } = await import('./add.mjs');\n"
            "  assert.equal(add(1, 2), 3);\n});\n",
        ),
        ("add.mjs", "export const add = (a, b) => a + b;\n"),
    ),
    "cargo": Tool(
        "cargo",
        "[cargo, test, --offline]",
        (
            "tests/add.rs",
            "#[test]\nfn adds() {\n    assert_eq!(add::add(1, 2), 3);\n}\n",
        ),
        ("src/lib.rs", "pub fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n"),
        (
            ("Cargo.toml", '[package]\nname = "add"\nversion = "0.1.0"\nedition = "2021"\n'),
            ("Cargo.lock", 'version = 3\n\n[[package]]\nname = "add"\nversion = "0.1.0"\n'),
            ("src/lib.rs", "// to do\n"),
            (".gitignore", "target/\n"),
        ),
    ),
    "go": Tool(
        "go",
        "[go, test, ./...]",
        (
            "add_test.go",
            'package add\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n'
            '\tif Add(1, 2) != 3 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
        ),
        ("add.go", "package add\n\nfunc Add(a, b int) int { return a + b }\n"),
        (("go.mod", "module example.com/add\n\ngo 1.20\n"), ("doc.go", "package add\n")),
    ),
}


@pytest.fixture(params=TOOLS, ids=list(TOOLS))
def tool(request, monkeypatch):
    found = TOOLS[request.param]
    # the interpreter that runs us has pytest; the system's own may not
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    # rustup looks for its toolchains in HOME, which the tests have another one of
    monkeypatch.setenv("RUSTUP_HOME", os.environ.get("RUSTUP_HOME", f"{_HOME}/.rustup"))
    asked = [found.program, "version" if found.program == "go" else "--version"]
    if subprocess.run(["env", *asked], capture_output=True, check=False).returncode:
        pytest.skip(f"{found.program} is not installed")  # or a stand-in for what is not
    return found


def _work(path: str, text: str):
    def step(folder: Path) -> str:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
        (folder / path).chmod(0o755)
        return "done"

    return step


def test_a_task_is_proved_and_verified(tool, space, repo, line_of, project):
    for file in tool.files:
        _work(*file)(repo)
    plan = (
        "schema: 1\nfeature: pay\ntitle: Add\n"
        f"defaults: {{test: {{cmd: {tool.command}}}}}\n"
        "phases:\n  - id: P1\n    title: One\n    tasks:\n"
        f"      - {{id: T1.1, title: Add, files: {{src: [{tool.source[0]}], "
        f"tests: [{tool.test[0]}]}}}}\n"
    )
    space.write(plan, "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan")
    line, _ = line_of(Agent(_work(*tool.test), _work(*tool.source)))

    outcome = implement(line, project, "T1.1", Options(), os.environ)

    assert outcome.state == "done"
    assert outcome.tests == 1
    assert git(repo, "status", "--porcelain") == ""
    assert verify(space, os.environ, Checking(), None).verdict == "GO"
