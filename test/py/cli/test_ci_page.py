"""The workflow file of docs/ci.md: its steps run here as a runner would run them, agent faked."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "ci.md"
WORKFLOW = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)[1])
FEATURE = "payment-gateway"
#: What needs the network; the stand-in for the agent is on PATH instead.
NOT_HERE = {"Install the agent"}


class Runner:
    """A runner's folders: the project is a clone, the toolkit a link."""

    def __init__(self, folder):
        self.space, self.origin = folder / "work space", folder / "origin.git"
        self.project = self.space / "project"
        self.summary, self.temp = folder / "summary.md", folder / "temp"
        for made in (self.space, self.temp, folder / "home"):
            made.mkdir()
        (self.space / "toolkit").symlink_to(ROOT)
        self.path = folder / "path"
        self.environment = {
            **{"GITHUB_WORKSPACE": str(self.space), "GITHUB_PATH": str(self.path)},
            **{"HOME": str(folder / "home"), "GIT_CONFIG_NOSYSTEM": "1", "SESSION_FSYNC": "none"},
            **{"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main"},
            **{"GITHUB_STEP_SUMMARY": str(self.summary), "RUNNER_TEMP": str(self.temp)},
        }
        self.expressions = {
            "github.workspace": str(self.space),
            "inputs.feature || 'payment-gateway'": FEATURE,
            "inputs.feature": FEATURE,
            "inputs.dollars": "5",
            "secrets.ANTHROPIC_API_KEY": "not-a-key",
        }

    def planned(self):
        """The repository on its server: a feature with a plan, nothing done."""
        self.path.write_text(f"{ROOT / 'scripts'}\n")
        self.shell(
            """git init -q -b main "$GITHUB_WORKSPACE/author" && cd "$GITHUB_WORKSPACE/author"
            printf '__pycache__/\\n' >.gitignore
            init-session.sh "$FEATURE" && plan.sh "$FEATURE" "Take payments"
            git add . && git -c user.name=T -c user.email=t@example.com commit -qm Plan
            git clone -q --bare . "$ORIGIN" """,
            self.space,
            AI_PROVIDER="demo",
            ORIGIN=str(self.origin),
            SESSION_DIR=str(self.temp / "of the author"),
        )

    def job(self, name):
        """Run the steps of a job in a fresh clone; the output by step, up to a failure."""
        subprocess.run(["rm", "-rf", str(self.project)], check=True)
        subprocess.run(["git", "clone", "-q", str(self.origin), str(self.project)], check=True)
        self.path.write_text("")
        told, job = {}, WORKFLOW["jobs"][name]
        for step in job["steps"]:
            if "run" in step and step["name"] not in NOT_HERE:
                done = self.shell(step["run"], self.project, **self.filled(job.get("env", {})))
                told[step["name"]] = done.stdout + done.stderr
        return told

    def shell(self, text, folder, **more):
        """As `shell: bash` does it; fails with the step."""
        added = self.path.read_text().split("\n")[:-1]
        path = os.pathsep.join([*added, str(ROOT / "test/bin/agents"), os.environ["PATH"]])
        environment = {**self.environment, **self.filled(WORKFLOW["env"]), "PATH": path, **more}
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def filled(self, variables):
        """Variables with their `${{ … }}` replaced; one that nobody knows is a `KeyError`."""
        return {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self.expressions[found[1]], str(text))
            for name, text in variables.items()
        }


@pytest.fixture
def runner(tmp_path):
    made = Runner(tmp_path)
    made.planned()
    return made


def test_the_workflow_of_the_page_implements_and_verifies(runner):
    told = runner.job("implement")

    kept = json.loads((runner.temp / "implement.json").read_text())
    assert [one["state"] for one in kept["tasks"]] == ["done", "done"]
    assert "T1.2" in told["Say what it cost"]
    assert "| T1.2   | done " in runner.summary.read_text()

    runner.job("implement")  # once more: nothing is left, and that is no failure
    assert json.loads((runner.temp / "implement.json").read_text())["tasks"] == []

    assert "GO   payment-gateway at" in runner.job("verify")["Verify"]
    assert '<testsuite name="verify payment-gateway"' in (
        (runner.project / "verify.xml").read_text()
    )


def test_a_failed_verification_fails_its_step(runner):
    with pytest.raises(AssertionError, match="NO-GO   payment-gateway"):
        runner.job("verify")


def test_what_is_uploaded_is_what_the_steps_leave(runner):
    runner.job("implement")
    there = {str(path.relative_to(runner.space)) for path in runner.space.rglob("*")}

    for path in uploads("implement"):
        if path.startswith("project/"):
            wanted = re.compile(re.escape(path).replace(r"\*", "[^/]+").rstrip("/"))
            assert any(wanted.fullmatch(one) for one in there), path


def uploads(name):
    steps = (step.get("with", {}) for step in WORKFLOW["jobs"][name]["steps"])
    return " ".join(step["path"] for step in steps if "if-no-files-found" in step).split()


def test_the_cache_follows_a_file_that_exists():
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    keys = " ".join(step.get("with", {}).get("key", "") for step in steps)

    assert all((ROOT / name).exists() for name in re.findall(r"\('toolkit/([^']+)'\)", keys))


def test_the_shell_of_the_steps_has_no_flaw():
    program = ROOT / ".venv/bin/shellcheck"
    if not program.exists():
        pytest.skip("shellcheck is not installed")
    for job in WORKFLOW["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                words = [str(program), "-s", "bash", "-"]
                done = subprocess.run(
                    words, input=step["run"], capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stdout
                assert shlex.split(step["run"])
