"""`plan`: only a checked plan is written."""

import json

import pytest
from scripted import Agent

from ai_sessions.errors import ConfigError, GateRefused, ProviderError, UsageError
from ai_sessions.plan import trust
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.workflow import plan as verb
from ai_sessions.workflow.project import project
from ai_sessions.workspace.plan_file import read_plan
from ai_sessions.workspace.tasks import TaskState, save_state


def answer(**changes):
    task = {"id": "T1.1", "title": "Gateway", "covers": ["A1"]}
    task |= {"files": {"src": ["g.py"], "tests": ["test_g.py"]}, "tests": ["test_g.py"]} | changes
    return json.dumps(
        {
            "title": "Payments",
            "goal": "Charge once.",
            "acceptance": [{"id": "A1", "text": "Once."}],
            "phases": [{"id": "P1", "title": "Charge", "tasks": [task]}],
        }
    )


@pytest.fixture
def empty(space):
    space.write("", "plan.yaml")
    space.write("# pay\n", "spec.md")
    return space


@pytest.fixture
def planned(line_of, project):
    def run(*steps, revise=False, **calling):
        agent = Agent(*steps)
        run.agent = agent
        line, run.said = line_of(agent, "plan", **calling)
        ask = verb.revise if revise else verb.make
        return ask(line, project, "Take payments")

    return run


def test_an_answer_becomes_a_plan_its_page_and_part_of_the_specification(planned, empty):
    found = planned(f"Here you are:\n```json\n{answer()}\n```")

    assert found.next == "implement.sh pay --task T1.1"
    assert read_plan(empty).task("T1.1").test_files == ("test_g.py",)
    assert "- [ ] **T1.1** Gateway" in empty.text("plan.md")
    assert "Take payments" in empty.text("spec.md")
    assert planned.agent.requests[0].access == "read"
    assert planned.agent.requests[0].schema is not None


def test_a_task_of_a_part_is_tested_by_the_tool_of_the_part(line_of, empty, repo):
    (repo / "web").mkdir()
    (repo / "web/package.json").write_text('{"devDependencies": {"ava": "6"}}')
    files = {"src": ["web/g.js"], "tests": ["web/test/g.js"]}
    agent = Agent(answer(files=files, tests=["web/test/g.js"]))

    verb.need_tests(project(repo, empty.root))
    verb.make(line_of(agent, "plan")[0], project(repo, empty.root), "Take payments")

    plan = read_plan(empty)
    command = plan.test_of(plan.task("T1.1"))
    assert command.shown == "(cd web && npx --no-install ava {tests})"
    assert command.with_tests(plan.task("T1.1").tests)[-1] == "test/g.js"
    assert plan.suite.shown == "(cd web && npx --no-install ava)"
    assert "- test of web: (cd web && npx" in agent.requests[0].prompt


def test_without_a_test_command_there_is_nothing_to_plan(repo, empty):
    (repo / "main.c").write_text("")
    with pytest.raises(ConfigError) as caught:
        verb.need_tests(project(repo, empty.root))
    assert caught.value.message == "no test command is known (no file names a test tool)"


def test_an_answer_that_is_wrong_is_repaired_once(planned, empty):
    planned(answer(needs=["T9"]), answer())

    assert "T1.1 needs T9, which does not exist" in planned.agent.requests[1].prompt
    assert read_plan(empty).task("T1.1").needs == ()


@pytest.mark.parametrize("text", ["I would do it like this.", "{}", answer(needs=["T1.1"]), "[]"])
def test_what_is_no_plan_is_kept_in_the_logs_and_never_written_as_one(planned, empty, text):
    with pytest.raises(ConfigError) as caught:
        planned(text, text)

    assert empty.text("plan.yaml") == ""
    assert ".ai-session/pay/logs/" in caught.value.hint
    assert len(planned.agent.requests) == 2


def test_a_plan_is_not_written_over(planned, space):
    before = space.text("plan.yaml")

    with pytest.raises(UsageError) as caught:
        planned(answer())
    assert "--revise" in caught.value.hint
    assert space.text("plan.yaml") == before
    assert planned.agent.requests == []


def test_a_revision_keeps_what_is_begun(planned, space):
    save_state(space, "T1.1", TaskState("red"))
    other = answer(files={"src": ["other.py"], "tests": ["test_o.py"]}, tests=["test_o.py"])

    with pytest.raises(ConfigError) as caught:
        planned(other, other, revise=True)
    assert "T1.1 is begun" in caught.value.message


def test_a_revision_replaces_what_is_not_begun(planned, space):
    planned(answer(), revise=True)

    assert [task.id for task in read_plan(space).tasks] == ["T1.1"]


def test_a_failed_call_is_made_again_when_asked_to(planned, empty):
    failure = Reply("", "m", failure=Failure("overloaded", "overloaded"))

    assert planned(failure, answer(), retry=1).plan.tasks
    assert planned.said == ["agent: overloaded; trying again in 1 s"]


def test_a_failed_call_is_counted(planned, empty):
    with pytest.raises(ProviderError):
        planned(Reply("", "m", failure=Failure("server", "down")))

    event = json.loads(empty.text("events.jsonl").splitlines()[0])
    assert (event["event"], event["status"], event["cost_nusd"]) == ("call", "server", None)


def test_a_check_tells_errors_and_commands_to_approve_by_line(space):
    text = space.text("plan.yaml").replace("[grep, -q, once, README.md]", "[deploy]")
    space.write(text, "plan.yaml")

    found = verb.check(space)

    line = 1 + text.splitlines().index("        check: {cmd: [deploy]}")
    assert found.ok
    assert found.lines()[-1].startswith(f".ai-session/pay/plan.yaml:{line}: warning: not approved")


def test_an_approval_lasts_until_a_command_changes(space):
    text = space.text("plan.yaml").replace("[grep, -q, once, README.md]", "[deploy]")
    space.write(text, "plan.yaml")
    assert verb.approve(space)[0].cmd == ("deploy",)

    assert verb.waiting_commands(space, read_plan(space), ()) == ()
    space.write(text.replace("[deploy]", "[deploy, --now]"), "plan.yaml")
    assert len(verb.waiting_commands(space, read_plan(space), ())) == 1


def test_what_was_shown_is_approved_and_another_list_is_not(space):
    text = space.text("plan.yaml").replace("[grep, -q, once, README.md]", "[deploy]")
    space.write(text, "plan.yaml")
    shown = verb.waiting(space)
    space.write(text.replace("[deploy]", "[deploy, --now]"), "plan.yaml")

    with pytest.raises(GateRefused, match="have changed since"):
        verb.approve(space, shown.fingerprint)
    space.write(text, "plan.yaml")
    assert [one.cmd for one in verb.approve(space, shown.fingerprint)] == [("deploy",)]
    assert (shown.commands[0].cmd, verb.waiting(space).commands) == (("deploy",), ())


def test_the_set_up_command_of_the_project_is_approved_with_those_of_the_plan(space, repo):
    (repo / ".ai-session/config.yaml").write_text("setup: {cmd: [./install]}\n")

    assert [one.cmd for one in verb.approve(space)][-1] == ("./install",)
    (repo / ".ai-session/config.yaml").write_text("setup: {cmd: [./install, --all]}\n")
    assert "warning: not approved" in verb.check(space).lines()[-1]


def test_an_approval_is_not_part_of_the_repository(space, repo):
    verb.approve(space)

    folder = repo / ".git" / "ai-sessions" / "approved"
    assert (folder / "pay").read_text().strip() == trust.fingerprint(read_plan(space).commands())


def test_a_broken_plan_cannot_be_approved(space):
    space.write("schema: [", "plan.yaml")

    with pytest.raises(ConfigError):
        verb.approve(space)


def test_an_imported_list_tells_what_it_lacks(empty, project):
    found = verb.import_list(empty, project, "- [ ] T001 Do it in src/a.py\n- [ ] T002 x\n", "t.md")

    assert not found.ok
    assert any("T1.2: name its source files" in one.message for one in found.findings)
    assert empty.text("plan.yaml").startswith("schema: 1\n")


def test_full_context_sends_the_files(space, project, repo):
    (repo / "notes.txt").write_text("remember the milk\n")

    whole = verb.first_prompt(space, project, "wish", full_context=True)

    assert "remember the milk" in whole
    assert "remember the milk" not in verb.first_prompt(space, project, "wish")


@pytest.mark.parametrize(
    ("new", "wrong"),
    [
        ({"id": "T1.1", "title": "other", "files": {"src": ["a"]}, "tests": ["t"]}, []),
        ({"id": "T1.2"}, ["T1.1 is begun and has to stay"]),
        *(
            (
                {"id": "T1.1", "files": {"src": ["a"]}, "tests": ["t"], **changed},
                ["T1.1 is begun: its files, tests and kind have to stay"],
            )
            for changed in ({"files": {}}, {"tests": []}, {"kind": "docs"})
        ),
    ],
)
def test_of_a_begun_task_files_tests_and_kind_have_to_stay(new, wrong):
    old = {"id": "T1.1", "title": "one", "files": {"src": ["a"]}, "tests": ["t"]}
    document = {"phases": [{"tasks": [new]}]}

    assert verb._changed(document, {"T1.1": old}) == wrong


def test_files_are_shown_to_the_model_as_far_as_they_fit(repo):
    names = [f"{number}.txt" for number in range(20)]
    for name in names:
        (repo / name).write_text("x" * verb._BIGGEST_FILE)
    (repo / "large.txt").write_text("x" * (verb._BIGGEST_FILE + 1))

    shown = verb._contents(repo, ["absent", "large.txt", *names])
    assert shown.count("### ") == verb._MOST_CONTEXT // verb._BIGGEST_FILE
    assert "large.txt" not in shown
