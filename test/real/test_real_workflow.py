"""The scripts from the first plan to GO with the real Claude Code; its model is a recording."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import anthropic_server
from loopback import Turn
from recorded_model import RecordedModel

ROOT = Path(__file__).resolve().parents[2]
FEATURE = "payment-gateway"
#: What Claude Code makes in dollars of the tokens that the server names for each of its answers.
ONE_CALL = 0.0017


@pytest.fixture
def shop(bench, tmp_path):
    """A repository with one commit, and the scripts with Claude Code as their agent."""
    place = bench(
        "claude",
        ANTHROPIC_API_KEY="sk-ant-not-a-key",
        CLAUDE_CODE_MAX_RETRIES="0",
        AI_PROVIDER="claude",
        AI_MODEL="claude-sonnet-5-5",
        SESSION_DIR=str(tmp_path / "sessions"),
        SESSION_FSYNC="none",
        NO_COLOR="1",
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1",
        **{f"GIT_{who}_NAME": "T" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "t@example.com" for who in ("AUTHOR", "COMMITTER")},
    )
    place.environment["PATH"] = f"{Path(sys.executable).parent}:{place.environment['PATH']}"
    shop = Shop(place.repo, place.environment)
    (place.repo / "README.md").write_text("# Shop\n")
    (place.repo / ".gitignore").write_text("__pycache__/\n")
    shop.git("symbolic-ref", "HEAD", "refs/heads/main")
    shop.git("add", ".")
    shop.git("commit", "-qm", "Start the shop")
    return shop


class Shop:
    """A repository, and the scripts run in it."""

    def __init__(self, repo, environment):
        self.repo, self.environment = repo, environment

    def run(self, script, *words, code=0, **more):
        """Run a script of ours; it has to end with `code`."""
        done = subprocess.run(
            [ROOT / "scripts" / script, *words],
            cwd=self.repo,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done

    def git(self, *words):
        done = subprocess.run(
            ["git", *words],
            cwd=self.repo,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def planned(self, url):
        self.environment["ANTHROPIC_BASE_URL"] = url
        self.run("init-session.sh", FEATURE)
        self.run("plan.sh", FEATURE, "Design payment processing")

    def calls(self, command="implement"):
        """The interactions of a command's session, as they are exported."""
        done = self.run("ai-session.sh", "export", f"{command}-{FEATURE}")
        return json.loads(done.stdout)[0]["interactions"]


def serving(script):
    return anthropic_server.server(script, agents_only=True)


def spoken(seen):
    return json.dumps(seen.body["messages"])


def test_a_feature_goes_from_plan_to_go_in_one_conversation_a_command(shop):
    model = RecordedModel(shop.repo)
    with serving(model) as server:
        shop.planned(server.url)
        shop.run("implement.sh", FEATURE, "--task", "T1.1")
        shop.run("implement.sh", FEATURE, "--task", "T1.2")
        last = server.seen[-1]
        shop.run("review.sh", FEATURE)
        shop.run("verify.sh", FEATURE)

    assert [purpose for purpose, _task in model.asked] == [
        *("plan", "red", "green", "red", "green", "review", "verify")
    ]
    assert [(one["task"], one["purpose"]) for one in shop.calls()] == [
        *(("T1.1", "red"), ("T1.1", "green"), ("T1.2", "red"), ("T1.2", "green"))
    ]
    assert "I wrote two tests for charging" in spoken(last), "T1.2 knows what was said for T1.1"
    assert "T1.2 red" in shop.git("log", "--format=%s")
    told = shop.git("log", "--format=%B")
    assert "Tests: 2 passed (was 1 could not start)" in told
    assert "Tests: 3 passed (was 3 failed)" in told
    assert shop.git("status", "--porcelain", "--", "gateway.py", "tests") == ""


def test_what_the_agent_says_a_task_cost_is_what_the_session_sums_up(shop):
    with serving(RecordedModel(shop.repo)) as server:
        shop.planned(server.url)
        shop.run("implement.sh", FEATURE, "--task", "T1.1")
        shop.run("implement.sh", FEATURE, "--task", "T1.2")
        answers = len(server.seen) - 1  # the plan has a session of its own

    calls = shop.calls()
    assert sum(one["cost"] for one in calls) == pytest.approx(answers * ONE_CALL)
    assert sum(one["tokens"]["input"] for one in calls) == answers * 3500


def test_a_model_that_only_says_it_is_done_changes_nothing_and_is_paid_for(shop):
    with serving(RecordedModel(shop.repo, idle=("red",))) as server:
        shop.planned(server.url)
        shop.git("add", "-A")
        shop.git("commit", "-qm", "Plan")
        before = shop.git("rev-parse", "HEAD")
        done = shop.run("implement.sh", FEATURE, "--task", "T1.1", code=5)

    assert "error:" in done.stderr
    assert shop.git("rev-parse", "HEAD") == before
    assert not (shop.repo / "gateway.py").exists()
    assert shop.calls()[0]["cost"] == pytest.approx(ONE_CALL)


def test_a_conversation_that_is_gone_is_begun_again_with_our_record_and_said(shop):
    with serving(RecordedModel(shop.repo)) as server:
        shop.planned(server.url)
        shop.run("implement.sh", FEATURE, "--task", "T1.1")
        forget(shop)
        done = shop.run("implement.sh", FEATURE, "--task", "T1.2")
        first = next(seen for seen in server.seen if "Task T1.2 of the feature" in spoken(seen))

    assert "warning:" in done.stderr
    assert "I wrote two tests for charging" in spoken(first), "from our record"
    assert [one["continuity"] for one in shop.calls()][2:] == ["lost", "resumed"]


def test_with_require_resume_a_conversation_that_is_gone_ends_with_10_and_costs_nothing(shop):
    with serving(RecordedModel(shop.repo)) as server:
        shop.planned(server.url)
        shop.run("implement.sh", FEATURE, "--task", "T1.1")
        forget(shop)
        paid = len(server.seen)
        shop.run("implement.sh", FEATURE, "--task", "T1.2", "--require-resume", code=10)

        assert len(server.seen) == paid


def forget(shop):
    """Claude Code cleans its conversations up after 30 days; here at once."""
    for transcript in Path(shop.environment["HOME"]).glob(".claude/projects/*/*.jsonl"):
        transcript.unlink()


@pytest.mark.parametrize(
    ("turn", "named"),
    [
        (Turn(status=401, error="invalid x-api-key"), "log in"),
        (Turn(status=529, error="Overloaded"), "try again"),
    ],
    ids=["auth", "overloaded"],
)
def test_a_refusal_is_one_line_with_what_to_do_and_9(shop, turn, named):
    with serving(RecordedModel(shop.repo)) as server:
        shop.planned(server.url)
    with serving([turn] * 9) as server:
        done = shop.run(
            "implement.sh", FEATURE, "--task", "T1.1", code=9, ANTHROPIC_BASE_URL=server.url
        )

    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert named in done.stderr
