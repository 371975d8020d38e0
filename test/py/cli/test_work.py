"""The commands of the work as a user types them: answers, JSON and exit codes."""

import json
import shutil
import subprocess

import pytest
from scripted import PLAN, SOURCE, TEST, git, writes

from ai_sessions.cli.output import Output
from ai_sessions.display.columns import width
from ai_sessions.workflow import status

HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))


def test_a_report_for_ci_that_has_no_folder_is_known_before_anything_is_spent(typed, agent):
    code, out, err = typed("verify", "pay", "--ai", "--junit", "no such/j.xml")

    assert (code, out, agent.requests) == (2, "", [])
    assert "no folder for --junit no such/j.xml" in err
    assert "mkdir -p 'no such'" in err


def test_the_setting_of_the_user_lets_a_secret_through_to_the_tests(
    typed, agent, tmp_path, monkeypatch
):
    monkeypatch.setenv("NPM_TOKEN", "n")
    monkeypatch.setenv("DB_PASS", "d")
    monkeypatch.setenv("ENV_KEEP", "NPM_TOKEN")
    names = f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(' '.join(os.environ))\n"
    agent.steps = [writes(test_gateway__py=names + TEST), writes(gateway__py=SOURCE)]

    assert typed("implement", "pay", "--task", "T1.1")[0] == 0

    seen = (tmp_path / "seen").read_text().split()
    assert "NPM_TOKEN" in seen
    assert "DB_PASS" not in seen


def test_no_project_lets_a_secret_through(typed, agent):
    (typed.repo / ".ai-session/config.yaml").write_text("settings: {ENV_KEEP: NPM_TOKEN}\n")

    code, _, err = typed("implement", "pay", "--task", "T1.1")

    assert code == 3
    assert "ENV_KEEP is yours to set, not the project's" in err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("implement", "pay"), 2, "which task? ready: T1.1 Gateway; T1.3 Readme"),
        (("implement", "pay", "--task", "T7.7"), 4, "pay has no task T7.7"),
        (("implement", "pya", "--next"), 4, "did you mean pay?"),
        (("implement", "pay", "--next", "--no-tests"), 2, "--no-tests needs --reason"),
        (("implement", "../x", "--next"), 2, "not a feature name"),
        (("implement", "pay", "--next", "--no-session", "--require-resume"), 2, "needs a session"),
        (("plan", "pay"), 2, "what should be planned?"),
        (("plan", "pay", "something"), 2, "has a plan already"),
        (("plan", "pay", "x", "--provider", "nobody"), 2, "has a plan already"),
        (("plan", "new", "x", "--provider", "nobody"), 3, "no provider 'nobody'"),
        (("verify", "pay", "--evidence-only", "--ai"), 2, "exclude each other"),
        (("status", "nothing"), 4, "no such feature: nothing"),
    ],
)
def test_bad_input_is_one_line_and_the_right_exit_code(typed, agent, words, code, told):
    found, out, err = typed(*words)

    assert found == code
    assert told in err
    assert out == ""
    assert agent.requests == []
    assert "Traceback" not in err


def test_a_prompt_for_a_feature_that_is_there_is_not_dropped_unsaid(typed, root):
    typed("init", "shop", "Sell things")

    code, out, err = typed("init", "shop", "Sell other things")

    assert (code, "nothing changed" in out) == (0, True)
    assert "the prompt was not kept: .ai-session/shop/spec.md is there" in err


def test_a_plan_comes_from_stdin_and_is_told_task_by_task(typed, agent):
    typed("init", "shop")
    task = {"id": "T1.1", "title": "Do", "files": {"src": ["a.py"], "tests": ["test_a.py"]}}
    phases = [{"id": "P1", "title": "One", "tasks": [task]}]
    plan = {"title": "Shop", "goal": "g", "acceptance": [], "phases": phases}
    plan["defaults"] = {"test": {"cmd": ["python3", "-m", "unittest", "{tests}"]}}
    agent.steps = [json.dumps(plan)]

    code, out, _ = typed("plan", "shop", "-", stdin="Sell things")

    assert code == 0
    assert out.splitlines()[0] == "shop: 1 task in .ai-session/shop/plan.yaml"
    assert "Sell things" in agent.requests[0].prompt


def test_a_broken_plan_is_told_by_line(typed):
    path = typed.repo / ".ai-session/pay/plan.yaml"
    path.write_text(PLAN.replace("needs: [T1.1]", "needs: [T9.9]"))

    code, out, _ = typed("plan", "pay", "--check")

    assert code == 3
    assert "plan.yaml:20: T1.2 needs T9.9, which does not exist" in out


def test_commands_are_approved_once_seen(typed, agent):
    path = typed.repo / ".ai-session/pay/plan.yaml"
    path.write_text(PLAN.replace("[grep, -q, once, README.md]", "[deploy, now]"))
    assert typed("implement", "pay", "--next")[0] == 5

    code, out, _ = typed("plan", "pay", "--approve")

    assert (code, "  deploy now\n" in out) == (0, True)
    assert "not approved" not in typed("plan", "pay", "--check")[1]


def test_a_dry_run_calls_nobody(typed, agent):
    code, out, _ = typed("implement", "pay", "--task", "T1.1", "--dry-run")

    assert (code, agent.requests) == (0, [])
    assert "python3 -m unittest test_gateway.py" in out


def test_a_blocker_is_exit_1_and_becomes_a_task(typed, agent):
    agent.steps = list(HONEST)
    typed("implement", "pay", "--task", "T1.1")
    blocker = {"severity": "blocker", "file": "gateway.py", "line": 1, "claim": "c", "check": "k"}
    agent.steps = [json.dumps({"summary": "s", "findings": [blocker]})]

    code, out, _ = typed("review", "pay", "--fix", "--json")

    found = json.loads(out)
    assert (code, found["blockers"], found["tasks"]) == (1, 1, ["R1.1"])


def test_status_is_for_people_and_for_machines(typed):
    assert typed("status", "pay")[1].splitlines()[-1] == "Next: implement.sh pay --task T1.1"
    assert json.loads(typed("status", "pay", "--json")[1])["tasks"][0]["state"] == "ready"
    assert typed("status", "--all")[1].startswith("pay   0/3 done")


def test_status_proves_again_what_a_squash_has_left_without_its_commits(typed, agent):
    agent.steps = list(HONEST)
    assert typed("implement", "pay", "--task", "T1.1")[0] == 0
    _git(typed.repo, "reset", "-q", "--soft", "HEAD~2")
    _git(typed.repo, "commit", "-qm", "payments (#1)")
    code, _, err = typed("implement", "pay", "--task", "T1.1")
    assert (code, len(agent.requests)) == (6, 2)
    assert "T1.1 was proved, but no commit of this branch names its evidence" in err
    assert "status.sh pay --prove" in err

    code, out, _ = typed("status", "pay", "--prove")
    assert code == 0
    assert out.startswith("pay: 1 task proved again, no model was asked\n")
    assert out.splitlines()[-1].startswith("Next: git add .ai-session/pay/evidence && git commit")
    code, out, _ = typed("status", "pay", "--prove", "--json")
    assert (code, json.loads(out)["proved"], len(agent.requests)) == (0, [], 2)


def test_all_goes_on_after_it_has_proved_again_what_a_squash_has_left(typed, agent):
    agent.steps = list(HONEST)
    assert typed("implement", "pay", "--task", "T1.1")[0] == 0
    _git(typed.repo, "reset", "-q", "--soft", "HEAD~2")
    _git(typed.repo, "commit", "-qm", "payments (#1)")
    agent.steps = [lambda _folder: "nothing"] * 2

    code, _, err = typed("implement", "pay", "--all")

    assert "pay: 1 task proved again, no model was asked" in err
    assert (code, "T1.2: no test file changed" in err) == (5, True)


def test_all_stops_where_what_was_done_is_not_proved_again(typed, agent):
    agent.steps = list(HONEST)
    assert typed("implement", "pay", "--task", "T1.1")[0] == 0
    _git(typed.repo, "reset", "-q", "--soft", "HEAD~2")
    (typed.repo / "gateway.py").write_text("def charge(key):\n    return 1\n")
    _git(typed.repo, "commit", "-qam", "payments (#1)")

    code, _, err = typed("implement", "pay", "--all")

    assert (code, len(agent.requests)) == (6, 2)
    assert "what is done already could not be proved again" in err
    assert "status.sh pay --prove" in err


def _git(repo, *words):
    subprocess.run(["git", *words], cwd=repo, check=True)


def test_a_beginning_that_fits_several_features_names_them(typed, agent):
    typed("init", "pay-later")

    code, out, err = typed("status", "pa")

    assert (code, out) == (4, "")
    assert err == "error: 'pa' fits several features\nhint: which one? pay, pay-later\n"
    assert typed("status", "pay")[1].startswith("pay   Payments")
    assert typed("init", "pa")[1].startswith("pa: laid out")


def test_a_review_can_be_looked_at_before_it_is_asked_for(typed, agent):
    agent.steps = list(HONEST)
    typed("implement", "pay", "--task", "T1.1")
    agent.requests.clear()

    code, out, _ = typed("review", "pay", "--dry-run", "--focus", "rounding")

    assert (code, agent.requests) == (0, [])
    assert "rounding" in out
    assert "+++ b/gateway.py" in out


def test_jsonl_tells_what_happens_and_last_what_json_would_have_said(typed, agent):
    agent.steps = list(HONEST)

    code, out, err = typed("implement", "pay", "--task", "T1.1", "--jsonl")

    lines = [json.loads(line) for line in out.splitlines()]
    told = [line["text"] for line in lines if line["event"] == "phase"]
    assert code == 0
    assert [text for text in told if "(" not in text and "T1" in text] == ["T1.1 red", "T1.1 green"]
    assert all(line["at"].endswith("Z") for line in lines[:-1])
    assert lines[-1]["event"] == "result"
    assert lines[-1]["task"]["state"] == "done"
    assert "implement-pay: 2 calls" in err


def test_jsonl_ends_with_the_error_of_a_refusal(typed, agent):
    code, out, _ = typed("implement", "pay", "--task", "T1.1", "--jsonl")

    last = json.loads(out.splitlines()[-1])
    assert (code, last["event"], last["ok"], last["code"]) == (5, "result", False, 5)
    assert last["error"]["kind"] == "gate"
    assert last["cost"]["calls"] > 0


def test_a_long_title_is_cut_to_the_width_of_the_terminal(typed):
    path = typed.repo / ".ai-session/pay/plan.yaml"
    path.write_text(PLAN.replace("title: Gateway", f"title: {'支付网关 ' * 20}"))
    lines = status.show(str(typed.repo), "pay", ".ai-session", width=60).splitlines()
    whole = status.show(str(typed.repo), "pay", ".ai-session").splitlines()

    rows = [line for line in lines if line.startswith("  T")]
    assert max(map(width, rows)) <= 60
    assert "…" in rows[0]
    assert len({width(row[: row.index("needs")]) for row in rows if "needs" in row}) == 1
    assert max(map(width, whole)) > 150


def test_status_without_a_feature_is_of_the_only_one_or_asks_which(typed):
    assert typed("status")[1].startswith("pay   Payments")
    typed("init", "shop")

    code, out, err = typed("status")

    assert (code, out) == (2, "")
    assert err == "error: which feature?\nhint: there are: pay, shop (or: --all)\n"


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """No agent is installed and none is named; git is there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("plan", "pay"), 2, "what should be planned?"),
        (("plan", "pay", "x"), 2, "has a plan already"),
        (("plan", "new", "--revise", "x"), 4, "no such feature: new"),
        (("plan", "Pay Gate", "x"), 2, "not a feature name"),
        (("implement", "new", "--task", "T1.1"), 4, "no such feature: new"),
        (("implement", "pay", "--task", "T9"), 4, "pay has no task T9"),
        (("implement", "pay", "--task", "T1.2"), 6, "T1.2 needs T1.1"),
        (("review", "pay"), 4, "nothing to review"),
        (("review", "pay", "--task", "T1.1"), 4, "T1.1 has no commit to review"),
        (("verify", "new"), 4, "no such feature: new"),
    ],
)
def test_what_was_typed_is_judged_before_an_agent_is_looked_for(typed, nobody, words, code, told):
    found, out, err = typed(*words)

    assert (found, out) == (code, "")
    assert told in err.partition("error: ")[2].splitlines()[0]
    assert "agent" not in err


def test_tree_identity_and_store_are_looked_at_in_that_order_and_then_the_agent(
    typed, nobody, tmp_path, root
):
    def told():
        code, _, err = typed("implement", "pay", "--task", "T1.1")
        return code, err.splitlines()[0]

    identity = (tmp_path / "gitconfig").read_text()
    (tmp_path / "gitconfig").write_text("")
    root.write_text("in the way")
    (typed.repo / "README.md").write_text("mine\n")
    assert told() == (6, "error: the tree has changes of its own: README.md")
    subprocess.run(["git", "checkout", "-q", "README.md"], check=True)
    assert told() == (3, "error: git does not know who you are, so nothing can be committed")
    (tmp_path / "gitconfig").write_text(identity)
    assert told() == (11, f"error: {root}: Not a directory")
    root.unlink()
    assert told()[1].startswith("error: no coding agent found")
    assert not root.exists()


def test_a_store_that_cannot_be_written_names_the_setting(typed, nobody, root):
    root.write_text("in the way")

    code, _, err = typed("plan", "new", "x")

    assert code == 11
    assert "hint: point SESSION_DIR at a folder you can write" in err
    assert not (typed.repo / ".ai-session/new").exists()


def test_without_a_plan_verify_asks_no_model_and_says_what_to_type(typed, nobody):
    typed("init", "bare")

    code, out, err = typed("verify", "bare")

    assert (code, out) == (4, "")
    assert err == 'error: bare has no plan yet\nhint: plan.sh bare "what to build"\n'


@pytest.mark.parametrize(
    "words",
    [
        ("init", "new"),
        ("plan", "new", "x"),
        ("implement", "pay", "--next"),
        ("review", "pay"),
        ("verify", "pay"),
        ("status", "pay"),
        ("status", "--all", "--json"),
    ],
)
def test_without_git_every_command_says_to_install_it(typed, monkeypatch, tmp_path, words):
    shutil.rmtree(typed.repo / ".ai-session/pay/cache", ignore_errors=True)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))

    code, _, err = typed(*words)

    assert code == 3
    assert "error: git is not installed" in err
    assert "apt-get install git" in err
    assert "git init" not in err


@pytest.mark.parametrize(("answer", "made"), [("n\n", False), ("\n", True), ("y\n", True)])
def test_on_a_terminal_a_new_feature_is_asked_about(typed, agent, monkeypatch, answer, made):
    monkeypatch.setattr(Output, "may_ask", lambda _self: True)
    agent.steps = [json.dumps({"title": "New", "goal": "g", "tasks": []})] * 2

    code, out, err = typed("plan", "new", "x", stdin=answer)

    assert "No feature new yet. Make .ai-session/new?" in err
    assert (typed.repo / ".ai-session/new/spec.md").exists() == made
    assert bool(agent.requests) == made
    if not made:
        assert (code, out) == (6, "")
        assert err.endswith("nothing made\n")
        assert "error:" not in err


def test_yes_asks_nothing_and_takes_a_name_that_looks_mistyped(typed, agent, monkeypatch):
    monkeypatch.setattr(Output, "may_ask", lambda _self: True)
    typed("init", "gateway")
    agent.steps = ["no plan"] * 2

    typed("plan", "gatewayy", "x", "--yes")

    assert (typed.repo / ".ai-session/gatewayy/spec.md").exists()


def test_a_dry_run_and_a_missing_agent_lay_nothing_out(typed, nobody):
    assert typed("plan", "new", "x", "--dry-run")[0] == 0
    assert typed("plan", "new", "x")[0] == 3
    assert not (typed.repo / ".ai-session/new").exists()


@pytest.mark.parametrize(
    "words", [("plan", "pay", "x", "--yes"), ("init", "pay")], ids=["plan", "init"]
)
def test_a_feature_whose_folder_was_deleted_is_not_laid_out_once_more(typed, agent, words):
    """Its plan, evidence and costs are in HEAD: a plan that is paid for again would hide them."""
    shutil.rmtree(typed.repo / ".ai-session/pay")

    code, _, err = typed(*words)

    assert code == 4
    assert "HEAD has it: git checkout HEAD -- .ai-session/pay" in err
    assert "to begin it anew, commit that it is gone" in err
    assert agent.requests == []
    assert not (typed.repo / ".ai-session/pay").exists()

    git(typed.repo, "commit", "-qam", "Without pay")

    assert typed("init", "pay")[0] == 0


def test_a_task_list_of_another_tool_lays_the_feature_out_too(typed, nobody, tmp_path):
    (tmp_path / "tasks.md").write_text("- [ ] T001 Do it in gateway.py\n")

    code, out, err = typed("plan", "new", "--import", str(tmp_path / "tasks.md"))

    assert "new: imported into .ai-session/new/plan.yaml" in out
    assert "new: a new feature, laid out in .ai-session/new" in err
    assert code in (0, 6)
