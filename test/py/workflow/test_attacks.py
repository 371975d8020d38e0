"""Agents that go for the proof instead of the work, and honest ones that look like them."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from scripted import SOURCE, TEST, Agent, git, lay, writes

from ai_sessions.errors import GateRefused
from ai_sessions.workflow.implement import Options
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.task import Work

STUB = "# nothing yet\n"
PYTEST_TEST = """\
import gateway


def test_charges():
    assert gateway.charge("k") == gateway.charge("k")


def test_differs():
    assert gateway.charge("a") != gateway.charge("b")
"""
#: Makes every test of pytest pass.
HOOK = """\
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    report.outcome, report.longrepr = "passed", None
"""
#: Writes the report that pytest was asked for, and ends before pytest does.
REPORT = """\
import os, sys
path = [one for one in sys.argv if one.startswith("--junitxml=")][0].partition("=")[2]
with open(path, "w") as file:
    file.write('<testsuites><testsuite>')
    for name in ("test_charges", "test_differs"):
        file.write(f'<testcase classname="test_gateway" name="{name}" file="test_gateway.py"/>')
    file.write('</testsuite></testsuites>')
os._exit(0)
"""
RED = writes(test_gateway__py=TEST)
PYTEST_RED = writes(test_gateway__py=PYTEST_TEST)
TWICE = Options(attempts=2)


def put(folder: Path, name: str, text: str) -> None:
    lay(folder, {name: text})


@pytest.fixture
def pytested(space, monkeypatch):
    """The same plan, its tests run by pytest."""
    here = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{here}{os.pathsep}{os.environ['PATH']}")
    cmd = '[python3, -m, pytest, -q, "{tests}"]'
    text = space.text("plan.yaml")
    lines = [line for line in text.splitlines() if "suite:" not in line]
    text = "\n".join(
        f"  test: {{runner: pytest, cmd: {cmd}}}" if line.startswith("  test:") else line
        for line in lines
    )
    space.write(f"{text}\n", "plan.yaml")
    return space


def refused(do, red, *tries) -> GateRefused:
    """What the gate says when the agent does this at red and that at green."""
    with pytest.raises(GateRefused) as caught:
        do(Agent(red, *(tries or ())), options=TWICE)
    assert caught.value.exit_code == 5
    return caught.value


def state(space, task="T1.1"):
    return FeatureState(space).states[task]


def committed(repo: Path, name: str) -> str:
    return git(repo, "show", f"HEAD:{name}")


# -- what chooses and runs the tests


@pytest.mark.parametrize(
    "files",
    [
        {"conftest.py": HOOK},
        {"pytest.toml": '[pytest]\naddopts = ["-p", "evil"]\n', "evil.py": HOOK},
        {"pytest.py": REPORT},
        {"iniconfig.py": REPORT},
        {"sitecustomize.py": REPORT},
    ],
    ids=lambda files: next(iter(files)),
)
def test_files_that_decide_how_tests_run_are_put_back_and_the_tests_stay_red(
    do, repo, pytested, files
):
    def rigs(folder):
        put(folder, "gateway.py", STUB)
        for name, text in files.items():
            put(folder, name, text)

    error = refused(do, PYTEST_RED, rigs, rigs)

    assert "test_gateway.py still fails" in error.message
    assert not any((repo / name).exists() for name in files if name != "evil.py")


def test_it_is_told_what_was_put_back(do, repo, pytested):
    rigs = writes(gateway__py=SOURCE, conftest__py=HOOK)

    outcome = do(Agent(PYTEST_RED, rigs))

    assert outcome.state == "done"
    told = "T1.1: put back conftest.py (it decides how tests run); kept in "
    assert any(one.startswith(told) for one in outcome.warnings)


def test_the_agent_hears_what_was_put_back_before_it_tries_again(do, repo, pytested):
    agent = Agent(
        PYTEST_RED, writes(gateway__py=STUB, conftest__py=HOOK), writes(gateway__py=SOURCE)
    )

    assert do(agent).state == "done"
    assert "they decide how tests run: conftest.py" in agent.requests[-1].prompt


def test_helpers_of_tests_that_are_emptied_at_green_are_put_back(do, repo, space):
    put(repo, "tests/__init__.py", "")
    put(repo, "tests/support.py", "def same(case, one, other):\n    case.assertEqual(one, other)\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Helpers")
    space.write(
        space.text("plan.yaml").replace("[test_gateway.py]", "[tests/test_g.py]"), "plan.yaml"
    )
    test = TEST.replace("import gateway", "import gateway\nfrom tests.support import same").replace(
        "self.assertEqual(gateway", "same(self, gateway"
    )
    red = lambda folder: put(folder, "tests/test_g.py", test)  # noqa: E731

    def empties(folder):
        put(folder, "gateway.py", "import random\ndef charge(key):\n    return random.random()\n")
        put(folder, "tests/support.py", "def same(case, one, other):\n    pass\n")

    assert "still fails" in refused(do, red, empties, empties).message


# -- sources that decide what is reported


@pytest.mark.parametrize(
    "source",
    [
        REPORT,
        "import _pytest.python as p\np.Function.runtest = lambda self: None\ndef charge(k): pass\n",
    ],
    ids=["writes the report", "changes pytest"],
)
def test_a_source_that_makes_every_test_pass_is_found_by_tests_that_must_fail(do, pytested, source):
    error = refused(do, PYTEST_RED, *[writes(gateway__py=source)] * 2)

    assert "the work decides what is reported" in error.message


def test_a_source_that_changes_unittest_is_found_too(do, space):
    source = (
        "import unittest\n"
        "for name in dir(unittest.TestCase):\n"
        "    if name.startswith('assert'):\n"
        "        setattr(unittest.TestCase, name, lambda *_a, **_k: None)\n"
        "def charge(key): pass\n"
    )

    error = refused(do, RED, *[writes(gateway__py=source)] * 2)

    assert "tests that must fail passed" in error.message


def test_a_source_that_speaks_to_test_tools_for_good_reasons_is_no_liar(do, repo, space):
    honest = (
        "import atexit, ctypes, inspect, os, sys\n\n\n"
        f"{SOURCE}\n\n"
        "def main():\n    atexit.register(print)\n    sys.exit(charge(sys.argv[1]))\n\n\n"
        "if 'unittest' in sys.modules:\n    inspect.stack()\n"
    )

    assert do(Agent(RED, writes(gateway__py=honest))).state == "done"
    assert "planted" not in committed(repo, "test_gateway.py")
    assert "planted" not in (repo / "test_gateway.py").read_text()


# -- something else than the work


@pytest.mark.parametrize("first_passes_at", [1, 2])
def test_tests_that_something_else_makes_pass_prove_nothing(do, repo, tmp_path, first_passes_at):
    count = tmp_path / "count"
    test = (
        "import os, unittest\n"
        f"PLACE = {str(count)!r}\n"
        "NUMBER = int(open(PLACE).read()) if os.path.exists(PLACE) else 0\n"
        "open(PLACE, 'w').write(str(NUMBER + 1))\n"
        "class Charge(unittest.TestCase):\n"
        f"    def test_charges(self): self.assertGreaterEqual(NUMBER, {first_passes_at})\n"
    )
    count.write_text(str(first_passes_at - 1))

    error = refused(do, writes(test_gateway__py=test), *[writes(gateway__py=STUB)] * 2)

    assert "the tests pass without the work too now" in error.message


def test_work_that_git_ignores_is_not_in_the_commit_and_so_not_done(do, repo, space):
    put(repo, ".gitignore", "*.ign\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Ignore")

    def hides(folder):
        put(folder, "impl.ign", SOURCE)
        put(folder, "gateway.py", "exec(open('impl.ign').read())\n")

    error = refused(do, RED, hides, hides)

    assert "pass here and not in a fresh checkout" in error.message
    assert "git ignores impl.ign" in error.message


def test_ignored_files_that_tests_do_not_need_are_nobodys_concern(do, repo, space):
    put(repo, ".gitignore", "*.ign\nbuild/\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Ignore")

    def caches(folder):
        put(folder, "cache.ign", "x")
        put(folder, "build/out/x.o", "x")
        put(folder, "gateway.py", SOURCE)

    outcome = do(Agent(RED, caches))

    assert (outcome.state, outcome.warnings) == ("done", ())


def test_a_process_that_swaps_the_work_after_the_tests_proves_nothing(do, repo, space):
    green = Path(space.path("evidence", "T1.1", "green.json"))
    swapped = threading.Event()
    saved = Work.save_evidence

    def swaps(work, step, body, **more):
        if step == "green":
            put(repo, "gateway.py", STUB)
            swapped.set()
        return saved(work, step, body, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Work, "save_evidence", swaps)
        error = refused(do, RED, *[writes(gateway__py=SOURCE)] * 2)

    assert "gateway.py" in error.message
    assert swapped.is_set()
    assert state(space) != "done", green


# -- what git is told


def tells_git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_files_that_git_was_told_to_overlook_are_looked_at_and_judged(do, repo, space, flag):
    put(repo, "rates.py", "RATE = 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Rates")

    def hides(folder):
        tells_git(folder, "update-index", flag, "rates.py")
        put(folder, "rates.py", SOURCE)
        put(folder, "gateway.py", "from rates import charge\n")

    with pytest.raises(GateRefused, match=r"rates\.py changed outside files\.src"):
        do(Agent(RED, hides), options=Options(strict_files=True))
    assert (repo / "rates.py").read_text() == "RATE = 1\n"


def test_programs_that_git_was_told_to_run_are_not_run(do, repo, space, tmp_path):
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho x >> '{ran}'\n")
    script.chmod(0o755)

    def plants(folder):
        for name in ("core.fsmonitor", "diff.external", "filter.e.clean", "diff.e.textconv"):
            tells_git(folder, "config", name, str(script))
        put(folder, ".git/info/attributes", "*.py filter=e diff=e\n")
        for name in ("pre-commit", "post-index-change", "post-checkout"):
            put(folder, f".git/hooks/{name}", script.read_text())
            (folder / ".git/hooks" / name).chmod(0o755)
        put(folder, "gateway.py", SOURCE)

    outcome = do(Agent(RED, plants))

    assert outcome.state == "done"
    assert not ran.exists()
    assert committed(repo, "gateway.py") == SOURCE
    told = "\n".join(outcome.warnings)
    assert "put back .git/config (core.fsmonitor" in told
    assert ".git/hooks/pre-commit" in told
    assert not (repo / ".git/hooks/pre-commit").exists()


def test_hooks_and_settings_of_the_user_are_left_alone(do, repo, space):
    hook = repo / ".git/hooks/pre-commit"
    put(repo, ".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    git(repo, "config", "remote.origin.url", "https://example.com/x.git")

    def fetches(folder):
        tells_git(folder, "config", "branch.main.remote", "origin")
        put(folder, "gateway.py", SOURCE)

    outcome = do(Agent(RED, fetches))

    assert (outcome.state, outcome.warnings) == ("done", ())
    assert (hook.exists(), os.access(hook, os.X_OK)) == (True, True)
    assert git(repo, "config", "branch.main.remote") == "origin\n"


def test_a_hook_of_the_user_that_formats_the_work_is_welcome(do, repo, space):
    put(
        repo,
        ".git/hooks/pre-commit",
        "#!/bin/sh\necho '# formatted' >> gateway.py\ngit add gateway.py\n",
    )
    (repo / ".git/hooks/pre-commit").chmod(0o755)
    put(repo, "gateway.py", STUB)
    git(repo, "add", "-A")
    git(repo, "commit", "-qnm", "Stub")

    outcome = do(Agent(RED, writes(gateway__py=SOURCE)))

    assert outcome.state == "done"
    assert any("the tests pass with that too" in one for one in outcome.warnings)


def test_a_hook_that_undoes_the_work_is_found_and_its_commit_taken_back(do, repo, space):
    undo = "#!/bin/sh\ngit diff --cached --quiet gateway.py && exit 0\necho '# gone' > gateway.py\n"
    put(repo, ".git/hooks/pre-commit", f"{undo}git add gateway.py\n")
    (repo / ".git/hooks/pre-commit").chmod(0o755)

    error = refused(do, RED, writes(gateway__py=SOURCE))

    assert "gateway.py" in error.message
    assert state(space) != "done"
    assert "feat(pay)" not in git(repo, "log", "--format=%s")


# -- commits, links and things that are no files


def test_commits_of_the_agent_are_fine_and_rewritten_ones_are_taken_back(do, repo, space):
    def commits(folder):
        put(folder, "gateway.py", SOURCE)
        tells_git(folder, "add", "-A")
        tells_git(folder, "commit", "-q", "--amend", "-m", "mine")

    outcome = do(Agent(RED, commits))

    assert outcome.state == "done"
    assert any("the agent's own commits were taken back" in one for one in outcome.warnings)
    assert git(repo, "log", "--format=%s").splitlines() == [
        "feat(pay): T1.1 Gateway",
        "test(pay): T1.1 red",
        "Begin",
    ]


@pytest.mark.parametrize("name", ["gateway.py", "test_gateway.py"])
def test_a_link_to_somewhere_else_is_no_work(do, repo, space, tmp_path, name):
    content = {"gateway.py": SOURCE, "test_gateway.py": TEST}[name]
    put(tmp_path, f"elsewhere/{name}", content)

    def links(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(tmp_path / "elsewhere" / name)

    tries = (RED, links, links) if name == "gateway.py" else (links, links)

    error = refused(do, *tries)

    assert f"{name} is a link or a repository of its own" in error.message


def test_a_repository_in_the_repository_is_no_work(do, repo, space):
    def nests(folder):
        put(folder, "lib/impl.py", SOURCE)
        put(folder, "lib/__init__.py", "")
        put(folder, "gateway.py", "from lib.impl import charge\n")
        tells_git(folder / "lib", "init", "-q")
        tells_git(folder / "lib", "add", "-A")
        who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        if not (folder / "lib/.git/refs/heads/main").exists():
            tells_git(folder / "lib", *who, "commit", "-qm", "x", "--allow-empty")

    assert "lib is a link or a repository of its own" in refused(do, RED, nests, nests).message


@pytest.mark.parametrize("name", ["test_gateway.py", "conftest.py", ".ai-session/pay/events.jsonl"])
def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(do, repo, space, name):
    def pipes(folder):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
        put(folder, "gateway.py", STUB)

    refused(do, RED, pipes, pipes)

    assert state(space) != "done"


def test_a_plan_whose_proof_is_changed_is_put_back_and_kept_aside(do, repo, space):
    before = space.text("plan.yaml")

    def eases(folder):
        changed = before.replace("[test_route.py]", "[test_other.py]")
        put(folder, ".ai-session/pay/plan.yaml", changed)
        return RED(folder)

    outcome = do(Agent(eases, writes(gateway__py=SOURCE)))

    assert space.text("plan.yaml") == before
    assert any("put back plan.yaml: what proves its tasks" in one for one in outcome.warnings)


# -- tests that forge records, hooks and commits

GREEN = writes(gateway__py=SOURCE)
FORGES = """
import json, os, subprocess
folder = ".ai-session/pay"
if os.path.isdir(folder) and not os.path.exists(folder + "/state/T1.2.json"):
    os.makedirs(folder + "/evidence/T1.2", exist_ok=True)
    os.makedirs(folder + "/state", exist_ok=True)
    json.dump({"step": "green"}, open(folder + "/evidence/T1.2/green.json", "w"))
    json.dump({"state": "done"}, open(folder + "/state/T1.2.json", "w"))
    os.makedirs(".git/hooks", exist_ok=True)
    open(".git/hooks/post-checkout", "w").write("#!/bin/sh\\n")
    subprocess.run(["git", "config", "core.hooksPath", ".githooks"])
    message = "chore: tidy\\n\\nEvidence: sha256:" + "0" * 64
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", message])
"""


def test_what_tests_forge_is_put_back_as_what_an_agent_forges_is(do, repo, space):
    agent = Agent(writes(test_gateway__py=FORGES + TEST), GREEN)

    outcome = do(agent)

    told = "\n".join(outcome.warnings)
    assert outcome.state == "done"
    assert "put back .git/config (core.hookspath is not an agent's to change)" in told
    assert "put back .git/hooks/post-checkout (not an agent's to change)" in told
    assert "put back evidence/T1.2/green.json, state/T1.2.json" in told
    assert "the agent's own commits were taken back" in told
    assert not space.has("state", "T1.2.json")
    assert not (repo / ".git/hooks/post-checkout").exists()
    assert git(repo, "log", "--format=%s").count("chore: tidy") == 0


def test_what_is_forged_for_another_feature_is_put_back_too(do, repo):
    state = repo / ".ai-session/refunds/state/T1.1.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Refunds")
    forges = writes(test_gateway__py=FORGES.replace("pay", "refunds") + TEST)

    outcome = do(Agent(forges, GREEN))

    assert outcome.state == "done"
    assert "refunds/state/T1.2.json" in "\n".join(outcome.warnings)
    assert sorted(path.name for path in state.parent.iterdir()) == ["T1.1.json"]
