"""Whole files of a plain model: written folder by folder, through no link, nothing of git's."""

import json

import pytest
from scripted import SOURCE, TEST, Plain, git

from ai_sessions.errors import GateRefused, StorageError
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
