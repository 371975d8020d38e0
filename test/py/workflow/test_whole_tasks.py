"""Whole tasks, from plan to commit: what counts as done, and every way in which it does not."""

import json

import pytest
from scripted import SOURCE, TEST, Agent, Plain, git, writes

from ai_sessions.errors import (
    GateRefused,
    NeedsPerson,
    ProviderError,
)
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.workflow.implement import Options
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.tasks import (
    TaskState,
    evidence_hash,
    read_evidence,
    save_evidence,
    save_state,
)

HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))


def log_of(repo):
    return git(repo, "log", "--format=%s").splitlines()


def is_clean(repo):
    return git(repo, "status", "--porcelain", "--", ".", ":(exclude).ai-session") == ""


def state(space, task="T1.1"):
    return FeatureState(space).states[task]


# -- honest work


def test_an_honest_agent_gets_red_green_and_two_commits(do, repo, space):
    outcome = do(Agent(*HONEST))

    assert outcome.state == "done"
    assert log_of(repo) == ["feat(pay): T1.1 Gateway", "test(pay): T1.1 red", "Begin"]
    assert git(repo, "status", "--porcelain") == ""
    assert outcome.told == (
        "T1.1 red    1 could not start",
        "T1.1 green  2 passed",
    )
    assert outcome.next == "implement.sh pay --task T1.2"


def test_the_commit_says_who_did_it_at_what_cost_and_what_proves_it(do, repo, space):
    do(Agent(*HONEST))

    body = git(repo, "log", "-1", "--format=%(trailers)")
    assert "Task: T1.1\n" in body
    assert "Session: implement-pay\n" in body
    assert "AI-Model: model-1\n" in body
    assert "AI-Cost-USD: 0.02\n" in body
    assert "Tests: 2 passed (was 1 could not start)\n" in body
    assert f"Evidence: sha256:{evidence_hash(space, 'T1.1', 'green')}\n" in body


def test_evidence_holds_what_our_own_process_saw(do, space):
    do(Agent(*HONEST))

    green = read_evidence(space, "T1.1", "green")
    assert green["run"]["class"] == "pass"
    assert green["run"]["counts"] == {"passed": 2, "failed": 0, "error": 0, "skipped": 0}
    assert list(green["changed"]) == ["gateway.py"]
    assert "test_gateway.py" in green["frozen"]
    assert read_evidence(space, "T1.1", "red")["run"]["class"] == "error"


def test_the_second_task_continues_the_conversation(do):
    do(Agent(*HONEST))
    test = "import unittest, route\nclass R(unittest.TestCase):\n    def test_r(self):\n"
    agent = Agent(
        writes(test_route__py=f"{test}        self.assertEqual(route.path(), '/charge')\n"),
        writes(route__py="def path():\n    return '/charge'\n"),
    )

    assert do(agent, "T1.2").state == "done"
    assert agent.requests[0].resume.id == "conversation-1"


def test_a_wrong_first_try_is_sent_back_with_what_our_run_said(do):
    wrong = writes(gateway__py="def charge(key):\n    return 'same'\n")
    agent = Agent(HONEST[0], wrong, HONEST[1])

    assert do(agent).state == "done"
    assert "test_differs" in agent.requests[2].prompt


def test_a_task_can_be_one_commit(do, repo):
    do(Agent(*HONEST), options=Options(one_commit=True))

    assert log_of(repo) == ["feat(pay): T1.1 Gateway", "Begin"]
    assert git(repo, "status", "--porcelain") == ""
    assert "test_gateway.py" in git(repo, "show", "--stat", "HEAD")


def test_a_docs_task_is_done_by_its_check(do, repo, space):
    outcome = do(Agent(writes(README__md="Charges once.\n")), "T1.3")

    assert outcome.state == "done"
    assert log_of(repo)[0] == "docs(pay): T1.3 Readme"
    assert read_evidence(space, "T1.3", "check")["run"]["class"] == "pass"


def test_a_waived_task_shows_its_reason_for_ever(do, repo, space):
    outcome = do(Agent(HONEST[1]), options=Options(waive="spike"))

    assert outcome.state == "waived"
    assert "Tests-Waived: spike" in git(repo, "log", "-1", "--format=%(trailers)")


def test_a_clean_up_that_breaks_the_tests_is_taken_back(do, repo):
    breaks = writes(gateway__py="def charge(key):\n    return 1\n")
    outcome = do(Agent(*HONEST, breaks), options=Options(tdd=True))

    assert outcome.state == "done"
    assert (repo / "gateway.py").read_text() == SOURCE
    assert any("put back gateway.py (the clean-up: " in text for text in outcome.warnings)


# -- agents that do nothing, or lie


def test_an_agent_that_does_nothing_ends_with_5_and_one_honest_line(do, repo, space):
    with pytest.raises(GateRefused) as caught:
        do(Agent())

    assert caught.value.message == (
        'T1.1: no test file changed; nothing was run. Agent said: "success".'
    )
    assert log_of(repo) == ["Begin"]
    assert state(space) == "todo"
    assert is_clean(repo)


def test_an_agent_that_does_nothing_at_green_leaves_the_task_red(do, repo, space):
    with pytest.raises(GateRefused) as caught:
        do(Agent(HONEST[0]))

    assert 'T1.1: no file changed after red. Agent said: "success".' in caught.value.message
    assert log_of(repo)[0] == "test(pay): T1.1 red"
    assert state(space) == "red"


_CLASS = "import unittest\nclass T(unittest.TestCase):\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{_CLASS}    def test_a(self):\n        assert True\n", "prove nothing"),
        (f"{_CLASS}    @unittest.skip('x')\n    def test_a(self):\n        pass\n", "no test ran"),
        ("x = 1\n", "no test ran"),
        ("import unittest\nimport nowhere_at_all\n", "nowhere_at_all"),
        ("def broken(:\n", "could not start"),
    ],
)
def test_tests_that_prove_nothing_are_refused_and_put_back(do, repo, space, text, told):
    liar = writes(test_gateway__py=text)

    with pytest.raises(GateRefused) as caught:
        do(Agent(liar, liar, liar))

    assert told in caught.value.message
    assert log_of(repo) == ["Begin"]
    assert is_clean(repo)
    assert state(space) == "failed"
    assert "kept in .ai-session/pay/logs/" in caught.value.hint


def test_the_same_failure_twice_ends_the_tries(do):
    liar = writes(test_gateway__py=f"{_CLASS}    def test_a(self):\n        assert True\n")
    agent = Agent(*[liar] * 9)

    with pytest.raises(GateRefused):
        do(agent, options=Options(attempts=9))

    assert len(agent.requests) == 2


def test_tests_edited_at_green_are_put_back_and_refused(do, repo, space):
    cheat = writes(
        gateway__py="", test_gateway__py=f"{_CLASS}    def test_a(self):\n        pass\n"
    )

    with pytest.raises(GateRefused) as caught:
        do(Agent(HONEST[0], cheat, cheat))

    assert "test_gateway.py changed after red" in caught.value.message
    assert (repo / "test_gateway.py").read_text() == TEST
    assert not (repo / "gateway.py").exists()
    assert state(space) == "red"
    assert log_of(repo)[0] == "test(pay): T1.1 red"


def test_a_cheat_that_turns_honest_is_told_once_and_accepted(do, repo):
    cheat = writes(test_gateway__py=f"{_CLASS}    def test_a(self):\n        pass\n")
    agent = Agent(HONEST[0], cheat, HONEST[1])

    assert do(agent).state == "done"
    assert "put back" in agent.requests[2].prompt
    assert (repo / "test_gateway.py").read_text() == TEST


def test_a_deleted_test_is_put_back(do, repo):
    cheat = writes(test_gateway__py=None, gateway__py=SOURCE)

    with pytest.raises(GateRefused):
        do(Agent(HONEST[0], cheat, cheat))

    assert (repo / "test_gateway.py").read_text() == TEST


def test_work_that_breaks_another_test_is_refused(do, repo, space):
    (repo / "test_old.py").write_text(
        f"import os\n{_CLASS}    def test_old(self):\n"
        "        self.assertFalse(os.path.exists('gateway.py'))\n"
    )
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Old test")

    with pytest.raises(GateRefused) as caught:
        do(Agent(*HONEST, HONEST[1], HONEST[1]))

    assert "the suite has new failures" in caught.value.message
    assert not (repo / "gateway.py").exists()
    assert state(space) == "failed"


def test_old_failures_are_not_blamed_on_the_task(do, repo):
    (repo / "test_old.py").write_text(f"{_CLASS}    def test_old(self):\n        self.fail()\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Broken already")

    outcome = do(Agent(*HONEST))

    assert outcome.state == "done"
    assert any("failed before too" in text for text in outcome.warnings)


def test_sources_written_at_red_are_put_back_not_accepted(do, repo):
    eager = writes(test_gateway__py=TEST, gateway__py=SOURCE)
    agent = Agent(eager, HONEST[1])

    outcome = do(agent)

    assert outcome.state == "done"
    told = "T1.1: put back gateway.py (this step is for tests); kept in "
    assert any(one.startswith(told) for one in outcome.warnings)
    assert len(agent.requests) == 2


def test_a_file_outside_the_task_is_a_warning_and_refused_with_strict_files(do, repo):
    stray = writes(gateway__py=SOURCE, other__py="x = 1\n")

    with pytest.raises(GateRefused) as caught:
        do(Agent(HONEST[0], stray), options=Options(strict_files=True))
    assert "other.py changed outside files.src" in caught.value.message
    assert not (repo / "other.py").exists()

    assert any("other.py" in text for text in do(Agent(stray)).warnings)


def test_a_source_that_no_test_notices_is_told_and_refused_with_strict(do, repo):
    do(Agent(*HONEST))
    asks = "self.assertEqual(route.x, 1)"
    test = f"{_CLASS}    def test_r(self):\n        import route\n        {asks}\n"
    toothless = (writes(test_route__py=test), writes(route__py="x = 1\n", helper__py="y = 1\n"))

    outcome = do(Agent(*toothless), "T1.2")

    assert any("no test notices the old version of helper.py" in one for one in outcome.warnings)


def test_a_check_that_still_fails_is_refused(do, repo):
    with pytest.raises(GateRefused) as caught:
        do(Agent(*[writes(README__md="Nothing.\n")] * 3), "T1.3")

    assert "its check fails" in caught.value.message
    assert (repo / "README.md").read_text() == "Payments\n"


# -- broken off and taken up again


def killed(step):
    def dies(folder):
        step(folder)
        raise KeyboardInterrupt

    return dies


def test_a_run_killed_while_writing_tests_goes_on_with_them(do, repo, space):
    with pytest.raises(KeyboardInterrupt):
        do(Agent(killed(writes(test_gateway__py="import gate"))))

    outcome = do(Agent(*HONEST))

    assert outcome.state == "done"
    assert any("interrupted run" in text for text in do.said)


def test_a_run_killed_while_writing_the_work_is_judged_before_it_is_paid_again(do, space):
    with pytest.raises(KeyboardInterrupt):
        do(Agent(HONEST[0], killed(HONEST[1])))
    agent = Agent()

    outcome = do(agent)

    assert outcome.state == "done"
    assert agent.requests == []


def test_half_written_work_is_finished_by_the_agent(do, repo):
    with pytest.raises(KeyboardInterrupt):
        do(Agent(HONEST[0], killed(writes(gateway__py="def charge(key):\n    retu"))))
    agent = Agent(HONEST[1])

    assert do(agent).state == "done"
    assert len(agent.requests) == 1


def test_a_provider_that_fails_leaves_work_that_is_taken_up_again(do, repo, space):
    def fails(folder):
        HONEST[1](folder)
        return Reply("", "model-1", failure=Failure("overloaded", "overloaded"))

    with pytest.raises(ProviderError):
        do(Agent(HONEST[0], fails))

    assert do(Agent()).state == "done"


def test_a_commit_that_a_hook_refuses_is_made_by_the_next_run(do, repo, space):
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n! git diff --cached --name-only | grep -qx gateway.py\n")
    hook.chmod(0o755)

    with pytest.raises(Exception, match="hook refused the commit"):
        do(Agent(*HONEST))
    assert state(space) == "green"
    hook.unlink()

    assert do(Agent()).state == "done"
    assert log_of(repo)[0] == "feat(pay): T1.1 Gateway"


# -- the user's own work is safe


def test_a_file_that_is_not_in_git_is_told_and_left_alone(do, repo):
    (repo / "sessions-backup.json").write_text("[]")

    assert do(Agent(*HONEST)).state == "done"

    assert any("left alone: sessions-backup.json" in text for text in do.said)
    assert git(repo, "status", "--porcelain") == "?? sessions-backup.json\n"
    assert (repo / "sessions-backup.json").read_text() == "[]"


@pytest.mark.parametrize("text", ["theirs", None], ids=["edited", "deleted"])
def test_what_the_agent_does_to_a_file_that_is_not_in_git_is_put_back(do, repo, space, text):
    (repo / "mine.txt").write_text("mine")
    red, green = HONEST
    agent = Agent(lambda folder: (red(folder), writes(mine__txt=text)(folder))[0], green)

    outcome = do(agent)

    assert outcome.state == "done"
    assert (repo / "mine.txt").read_text() == "mine"
    assert git(repo, "status", "--porcelain") == "?? mine.txt\n"
    assert any("put back mine.txt (not in git" in text for text in outcome.warnings)
    [log] = (repo / ".ai-session/pay/logs").glob("*-untracked.patch")
    assert "-mine" in log.read_text()


def test_a_refused_run_leaves_a_file_that_is_not_in_git(do, repo):
    (repo / "mine.txt").write_text("mine")

    with pytest.raises(GateRefused):
        do(Agent(writes(mine__txt="theirs"), writes(mine__txt="theirs")))

    assert (repo / "mine.txt").read_text() == "mine"
    assert "?? mine.txt\n" in git(repo, "status", "--porcelain")


def test_a_file_that_appears_during_the_call_is_the_agents(do, repo):
    (repo / "mine.txt").write_text("mine")

    outcome = do(Agent(HONEST[0], writes(gateway__py=SOURCE, new__txt="n")))

    assert any("new.txt" in text for text in outcome.warnings)
    assert "new.txt" in git(repo, "show", "--name-only", "--format=", "HEAD")
    assert "mine.txt" not in git(repo, "log", "--name-only", "--format=")


def test_open_changes_of_the_user_are_neither_committed_nor_lost(do, repo):
    (repo / "README.md").write_text("my draft\n")
    (repo / "mine.txt").write_text("mine")
    git(repo, "add", "mine.txt")

    assert do(Agent(*HONEST), options=Options(allow_dirty=True)).state == "done"

    assert git(repo, "status", "--porcelain").splitlines() == [" M README.md", "A  mine.txt"]
    assert (repo / "README.md").read_text() == "my draft\n"


def test_a_refused_run_leaves_the_users_open_changes_alone(do, repo):
    (repo / "README.md").write_text("my draft\n")
    agent = Agent(*[writes(test_gateway__py="x = 1\n", README__md="theirs\n")] * 2)

    with pytest.raises(GateRefused):
        do(agent, options=Options(allow_dirty=True))

    assert (repo / "README.md").read_text() == "my draft\n"
    assert not (repo / "test_gateway.py").exists()


def test_what_the_tests_write_is_not_committed(do, repo):
    litters = TEST.replace("import gateway", "import gateway\n\nopen('litter.db', 'w').close()")

    assert do(Agent(writes(test_gateway__py=litters), HONEST[1])).state == "done"

    assert git(repo, "status", "--porcelain") == "?? litter.db\n"
    assert "T1.1: litter.db changed while the tests ran: left alone, and in no commit" in do.said


# -- before anything is spent


@pytest.mark.parametrize(("keep", "told"), [("", True), ("DB_PASS", False)])
def test_tests_that_fail_say_what_they_were_not_given(do, monkeypatch, keep, told):
    monkeypatch.setenv("DB_PASS", "hidden")
    monkeypatch.setenv("ENV_KEEP", keep)
    wrong = writes(gateway__py="def charge(key):\n    return 1\n")

    with pytest.raises(GateRefused):
        do(Agent(writes(test_gateway__py=TEST), wrong, wrong))

    said = [text for text in do.said if "not given to tests" in text]
    assert any("DB_PASS" in text for text in said) is told


# -- a model that can only talk


def answer(**contents):
    files = [{"path": name.replace("__", "."), "content": text} for name, text in contents.items()]
    return json.dumps({"files": files})


def test_any_model_can_do_a_task_through_the_file_protocol(do, repo):
    model = Plain(
        answer(test_gateway__py=TEST), f"Here:\n```json\n{answer(gateway__py=SOURCE)}\n```"
    )

    assert do(model).state == "done"
    assert "test_gateway.py" in model.requests[1].prompt


def test_a_reply_with_a_file_outside_the_task_writes_nothing(do, repo, space):
    model = Plain(answer(test_gateway__py=TEST, evil__py="x"))

    with pytest.raises(GateRefused) as caught:
        do(model)

    assert "evil.py" in caught.value.message
    assert not (repo / "test_gateway.py").exists()
    assert is_clean(repo)
    assert state(space) == "todo"


def test_a_reply_that_cannot_be_read_is_asked_for_once_more(do):
    model = Plain("sorry?", answer(test_gateway__py=TEST), answer(gateway__py=SOURCE))

    assert do(model).state == "done"


def test_state_and_evidence_that_an_agent_writes_itself_are_put_back(do, repo, space):
    def forges(folder):
        proof = save_evidence(space, "T1.3", "check", {"base": "", "run": {}})
        save_state(space, "T1.3", TaskState("done", proof=proof))
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", f"docs(pay): T1.3 Readme\n\nEvidence: sha256:{proof}")
        return HONEST[0](folder)

    outcome = do(Agent(forges, HONEST[1]))

    assert outcome.state == "done"
    assert state(space, "T1.3") == "todo"
    assert outcome.warnings == (
        "T1.1: put back evidence/T1.3/check.json, state/T1.3.json (only ai-sessions writes there)",
        "T1.1: the agent's own commits were taken back; their changes are judged as all others",
    )
    assert git(repo, "status", "--porcelain") == ""


def test_a_plan_that_is_changed_during_a_call_is_told_and_kept(do, repo, space):
    def replans(folder):
        space.write(space.text("plan.yaml").replace("Route", "Shortcut"), "plan.yaml")
        return HONEST[0](folder)

    outcome = do(Agent(replans, HONEST[1]))

    assert outcome.warnings == (
        "T1.1: plan.yaml changed while the agent was at work; is that what you want?",
    )
    assert "Shortcut" in space.text("plan.yaml")


def test_an_agent_that_goes_to_another_branch_is_stopped_before_anything_is_committed(do, repo):
    def leaves(folder):
        git(folder, "switch", "-qc", "elsewhere")
        return HONEST[0](folder)

    with pytest.raises(NeedsPerson) as caught:
        do(Agent(leaves))

    assert caught.value.message == "T1.1: branch main was left for elsewhere"
    assert caught.value.hint.startswith("git switch main")
    assert log_of(repo) == ["Begin"]


def test_more_files_than_are_tried_for_teeth_are_told(do, space, repo):
    names = [f"part{number:02}" for number in range(12)]
    plan = space.text("plan.yaml").replace(
        "src: [gateway.py]", f"src: [{', '.join(f'{name}.py' for name in names)}]"
    )
    space.write(plan, "plan.yaml")
    test = f"import part00\n{_CLASS}    def test_a(self):\n        self.assertEqual(part00.A, 1)\n"
    work = writes(**{f"{name}__py": "A = 1\n" for name in names})

    outcome = do(Agent(writes(test_gateway__py=test), work))

    assert "T1.1: 2 of 12 changed files were not tried for teeth" in outcome.warnings
