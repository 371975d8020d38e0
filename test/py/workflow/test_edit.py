"""Whole files of a plain model: written folder by folder, through no link, nothing of git's."""

import json
import math

import pytest
from scripted import SOURCE, TEST, Agent, Plain, git, tells, writes

from ai_sessions.errors import GateRefused, NeedsPerson, StorageError
from ai_sessions.providers.contract import Ran
from ai_sessions.workflow.implement import Options

OPEN_PLAN = "files: {src: [src/], tests: [test_gateway.py]}"


def answer(**contents):
    files = [{"path": path, "content": text} for path, text in contents.items()]
    return json.dumps({"files": files})


@pytest.fixture
def gives(do, repo, space):
    """Let a model hand over files for a task that may write anywhere below `src`."""
    text = space.text("plan.yaml")
    text = text.replace("files: {src: [gateway.py], tests: [test_gateway.py]}", OPEN_PLAN)
    space.write(text, "plan.yaml")

    def run(path, text="x = 1\n"):
        git(repo, "add", "-A")
        git(repo, "commit", "-q", "--amend", "--no-edit")
        model = Plain(answer(**{"test_gateway.py": TEST, path: text}))
        return do(model, options=Options(attempts=1))

    return run


@pytest.mark.parametrize("target", ["../.git", "..", "/tmp", "../.ai-session"])
def test_a_link_in_the_repository_is_followed_nowhere(gives, repo, target):
    (repo / "src").mkdir()
    (repo / "src" / "link").symlink_to(target)
    before = (repo / ".git/config").read_bytes()

    with pytest.raises(GateRefused, match="through a link"):
        gives("src/link/config", "[core]\n")

    assert (repo / ".git/config").read_bytes() == before
    assert not (repo / "config").exists()


def test_a_file_that_is_a_link_is_not_written_through(gives, repo, tmp_path):
    (tmp_path / "other.py").write_text("theirs\n")
    (repo / "src").mkdir()
    (repo / "src" / "a.py").symlink_to(tmp_path / "other.py")

    with pytest.raises(GateRefused, match="through a link"):
        gives("src/a.py")

    assert (tmp_path / "other.py").read_text() == "theirs\n"


def test_a_folder_is_not_replaced_by_a_file(gives, repo):
    (repo / "src" / "a.py").mkdir(parents=True)
    (repo / "src" / "a.py" / "b.py").write_text("x = 1\n")
    with pytest.raises(StorageError, match="is a folder"):
        gives("src/a.py")


@pytest.mark.parametrize("folder", [".ai-session", ".AI-Session"])
def test_our_workspace_is_not_a_models_to_write(do, space, repo, folder):
    text = space.text("plan.yaml").replace("src: [gateway.py]", 'src: ["**"]')
    space.write(text, "plan.yaml")
    path = f"{folder}/pay/state/T1.2.json"

    with pytest.raises(GateRefused, match="is not the model's to write"):
        do(Plain(answer(**{"test_gateway.py": TEST, path: "{}"})), options=Options(attempts=1))

    assert not (repo / path).exists()


def test_new_folders_are_made_and_the_mode_of_a_file_is_kept(do, repo, space):
    (repo / "gateway.py").write_text("def charge(key):\n    return 1\n")
    (repo / "gateway.py").chmod(0o755)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    steps = (answer(**{"test_gateway.py": TEST}), answer(**{"gateway.py": SOURCE}))

    assert do(Plain(*steps)).state == "done"

    assert (repo / "gateway.py").stat().st_mode & 0o777 == 0o755
    assert (repo / "gateway.py").read_text() == SOURCE


def test_a_model_is_told_the_task_where_to_write_and_what_is_there(do, repo):
    (repo / "gateway.py").write_text("OLD = 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    model = Plain(answer(**{"test_gateway.py": TEST}), answer(**{"gateway.py": SOURCE}))

    assert do(model).state == "done"

    red = model.requests[0]
    assert "Task T1.1 of the feature `pay`" in red.prompt
    assert "- gateway.py\n- test_gateway.py" in red.prompt
    assert "gateway.py\n```\nOLD = 1\n```" in red.prompt
    assert red.access == "edit"


# -- a person in the same tree while an agent with tools is at work

RED = tells(writes(test_gateway__py=TEST), "test_gateway.py")
GREEN = tells(writes(gateway__py=SOURCE), "gateway.py")


def and_somebody(step, **contents):
    """A step during which somebody else writes files, too."""

    def both(folder):
        writes(**contents)(folder)
        return step(folder)

    return both


def committed(repo):
    return set(git(repo, "log", "--name-only", "--format=", "HEAD~2..").split())


@pytest.mark.parametrize("step", ["red", "green"])
def test_what_no_tool_explains_stays_and_is_in_no_commit(do, repo, step):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "All")
    meanwhile = {"README__md": "mine\n", "notes/new__txt": "mine\n", ".gitattributes": ""}
    steps = [RED, GREEN]
    steps[step == "green"] = and_somebody(steps[step == "green"], **meanwhile)

    outcome = do(Agent(*steps))

    assert outcome.state == "done"
    assert outcome.warnings == ()
    assert (repo / "README.md").read_text() == "mine\n"
    assert (repo / "notes/new.txt").read_text() == "mine\n"
    assert not committed(repo) & {"README.md", "notes/new.txt", ".gitattributes"}
    told = "README.md, notes/new.txt changed while the agent was at work, and not by it: left alone"
    assert any(told in one.replace(".gitattributes, ", "") for one in do.said)


def test_what_somebody_deletes_meanwhile_is_not_deleted_by_the_task(do, repo):
    outcome = do(Agent(RED, and_somebody(GREEN, README__md=None)))

    assert outcome.state == "done"
    assert not (repo / "README.md").exists()
    assert "README.md" not in committed(repo)


def test_what_a_tool_wrote_outside_the_task_is_in_its_commit_with_a_warning(do, repo):
    both = writes(gateway__py=SOURCE, CHANGES__md="new\n")

    outcome = do(Agent(RED, tells(both, "gateway.py", f"{repo}/CHANGES.md")))

    assert "CHANGES.md" in committed(repo)
    assert any("CHANGES.md changed outside files.src" in one for one in outcome.warnings)


@pytest.mark.parametrize(("ended_s", "is_its"), [(math.inf, True), (1.0, False)])
def test_what_changed_while_a_command_ran_is_the_agents(do, repo, ended_s, is_its):
    both = writes(gateway__py=SOURCE, package_lock="{}\n")
    ran = Ran("npm install", 0.0, ended_s)

    assert do(Agent(RED, tells(both, "gateway.py", ran=(ran,)))).state == "done"

    assert ("package_lock" in committed(repo)) == is_its
    assert (repo / "package_lock").exists()


def test_a_file_of_the_task_that_somebody_edits_meanwhile_is_a_question(do, repo):
    agent = Agent(RED, tells(writes(gateway__py=f"# mine\n{SOURCE}"), "helper.py"))

    with pytest.raises(NeedsPerson, match=r"gateway\.py changed while the agent was at work, and"):
        do(agent)

    assert (repo / "gateway.py").read_text() == f"# mine\n{SOURCE}"
    assert do(agent).state == "done"
    assert len(agent.requests) == 2  # the next run judges what is there


def test_a_command_may_have_written_the_files_of_the_task(do):
    ran = Ran("python make.py", 0.0, 1.0)

    assert do(Agent(RED, tells(writes(gateway__py=SOURCE), ran=(ran,)))).state == "done"


def test_a_refusal_does_not_take_back_what_the_agent_did_not_write(do, repo):
    bad = tells(writes(gateway__py="bad = 1\n"), "gateway.py")

    with pytest.raises(GateRefused):
        do(Agent(RED, and_somebody(bad, README__md="mine\n")), options=Options(attempts=1))

    assert (repo / "README.md").read_text() == "mine\n"
    assert not (repo / "gateway.py").exists()


def test_with_strict_files_somebodys_edit_is_no_reason_to_refuse(do, repo):
    agent = Agent(RED, and_somebody(GREEN, README__md="mine\n"))

    assert do(agent, options=Options(strict_files=True)).state == "done"
    assert (repo / "README.md").read_text() == "mine\n"


def test_a_question_leaves_what_somebody_edited_meanwhile(do, repo):
    asks = tells(lambda _folder: "BLOCKED: which currency?", "helper.py")
    agent = Agent(RED, and_somebody(asks, gateway__py="mine = 1\n", README__md="mine\n"))

    with pytest.raises(NeedsPerson, match="which currency"):
        do(agent)

    assert (repo / "gateway.py").read_text() == "mine = 1\n"
    assert (repo / "README.md").read_text() == "mine\n"


def test_an_answer_that_is_refused_takes_nothing_back_that_somebody_edited(do, repo):
    def edits(folder):
        writes(README__md="mine\n", gateway__py="mine = 1\n")(folder)
        return answer(**{"elsewhere.py": "x = 1\n"})

    with pytest.raises(GateRefused):
        do(Plain(edits), options=Options(attempts=1))

    assert (repo / "README.md").read_text() == "mine\n"
    assert (repo / "gateway.py").read_text() == "mine = 1\n"


@pytest.mark.parametrize("when", ["call", "tests"])
def test_a_file_that_is_not_in_git_and_that_somebody_edits_stays(do, repo, when):
    (repo / "mine.txt").write_text("old\n")
    edits = writes(mine__txt="new\n")

    def phase(text):
        if when == "tests" and text == "T1.1 tests (green)":
            edits(repo)

    do.phase = phase
    outcome = do(Agent(RED, and_somebody(GREEN, mine__txt="new\n") if when == "call" else GREEN))

    assert outcome.state == "done"
    assert (repo / "mine.txt").read_text() == "new\n"
    assert git(repo, "status", "--porcelain") == "?? mine.txt\n"
    [told] = [one for one in outcome.warnings if "left mine.txt as it is now" in one]
    assert "+old" in (repo / told.rpartition("kept in ")[2]).read_text()


def test_what_is_not_in_git_and_decides_how_tests_run_is_put_back(do, repo):
    (repo / "conftest.py").write_text("old = 1\n")

    outcome = do(Agent(RED, and_somebody(GREEN, conftest__py="new = 1\n")))

    assert outcome.state == "done"
    assert (repo / "conftest.py").read_text() == "old = 1\n"
    [told] = outcome.warnings
    assert "put back conftest.py (not in git" in told
    assert "+new" in (repo / told.rpartition("kept in ")[2]).read_text()


def test_what_somebody_edits_while_a_fresh_checkout_is_tested_stays(do, repo):
    def phase(text):
        if text == "T1.1 tests (fresh checkout)":
            (repo / "README.md").write_text("mine\n")

    do.phase = phase
    outcome = do(Agent(RED, and_somebody(GREEN, notes__txt="so there is a fresh checkout\n")))

    assert outcome.state == "done"
    assert (repo / "README.md").read_text() == "mine\n"
    assert "README.md" not in committed(repo)


@pytest.mark.parametrize(("room", "is_shown"), [(5000, True), (500, False)])
def test_a_file_is_shown_where_it_fits_the_models_window(do, repo, monkeypatch, room, is_shown):
    monkeypatch.setattr("ai_sessions.workflow.calls.Line.room", lambda _line: room)
    (repo / "gateway.py").write_text("# as it was\n" * 100)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    model = Plain(answer(**{"test_gateway.py": TEST}), answer(**{"gateway.py": SOURCE}))
    do(model)

    assert ("# as it was" in model.requests[0].prompt) is is_shown
