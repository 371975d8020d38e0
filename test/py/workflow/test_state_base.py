"""Where a feature began."""

import pytest
from scripted import git

from ai_sessions.errors import NotFound
from ai_sessions.workflow.state import FeatureState, base_of, first_parent, parted_from, task_diff
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.tasks import TaskState, save_evidence, save_state


@pytest.fixture
def tree(repo, space):
    return Tree(repo, ".ai-session")


def committed(repo, message, name="a.txt"):
    (repo / name).write_text(message)
    git(repo, "add", name)
    git(repo, "commit", "-qm", message)
    return git(repo, "rev-parse", "HEAD").strip()


@pytest.fixture
def prove(repo, space):
    """`prove("T1.3", base)`: a docs task done from there; returns the commit that carries it."""

    def prove(task, base, step="check", name="work.txt"):
        proof = save_evidence(space, task, step, {"base": base})
        state = {"waiver": "waived"}.get(step, "done")
        save_state(space, task, TaskState(state, proof=proof))
        return committed(repo, f"{task}\n\nEvidence: sha256:{proof}", name)

    return prove


def test_a_name_means_where_the_two_lines_parted(repo, tree):
    start = tree.head()
    git(repo, "checkout", "-q", "-b", "work")
    committed(repo, "mine")
    git(repo, "checkout", "-q", "main")
    committed(repo, "theirs")

    assert parted_from(tree, "work") == start
    with pytest.raises(NotFound, match="no such commit: nowhere"):
        parted_from(tree, "nowhere")


def test_of_two_histories_that_never_met_it_is_the_name_itself(repo, tree):
    git(repo, "checkout", "-q", "--orphan", "other")
    other = committed(repo, "other")
    git(repo, "checkout", "-q", "main")

    assert parted_from(tree, "other") == other


def test_on_a_branch_of_its_own_a_feature_began_where_that_parted(repo, space, tree):
    start = tree.head()
    git(repo, "checkout", "-q", "-b", "feature")
    committed(repo, "mine")

    assert base_of(tree, FeatureState(space)) == start


def test_the_plan_may_name_the_line_it_began_from(repo, space, tree):
    git(repo, "checkout", "-q", "-b", "release")
    start = committed(repo, "released")
    git(repo, "checkout", "-q", "-b", "feature")
    committed(repo, "mine")
    space.write(space.text("plan.yaml") + "base: release\n", "plan.yaml")

    assert base_of(tree, FeatureState(space)) == start


@pytest.mark.parametrize("named", ["base: nowhere\n", "base: main\n", ""])
def test_on_the_main_line_it_began_where_its_first_proof_did(repo, space, tree, prove, named):
    committed(repo, "before")
    start = tree.head()
    prove("T1.3", start)
    space.write(space.text("plan.yaml") + named, "plan.yaml")

    assert base_of(tree, FeatureState(space)) == start


def test_without_any_proof_it_begins_here(space, tree):
    assert base_of(tree, FeatureState(space)) == tree.head()
    assert first_parent(tree, FeatureState(space)) == ""


def test_of_several_proofs_the_earliest_counts_whatever_their_order_in_the_plan(
    repo, space, tree, prove
):
    start = tree.head()
    prove("T1.3", start, name="a")
    middle = tree.head()
    prove("T1.1", middle, "waiver", name="b")
    prove("T1.2", tree.head(), "waiver", name="c")

    assert first_parent(tree, FeatureState(space)) == start


def test_a_proof_that_no_commit_carries_tells_nothing(repo, space, tree):
    save_evidence(space, "T1.3", "check", {"base": tree.head()})
    save_state(space, "T1.3", TaskState("done", proof="x"))

    assert first_parent(tree, FeatureState(space)) == ""


@pytest.mark.parametrize("elsewhere", ["f" * 40, "other"])
def test_a_beginning_that_is_not_in_this_history_is_passed_over(
    repo, space, tree, prove, elsewhere
):
    git(repo, "checkout", "-q", "-b", "other")
    other = committed(repo, "other")
    git(repo, "checkout", "-q", "main")
    prove("T1.1", other if elsewhere == "other" else elsewhere, "waiver", name="a")
    start = tree.head()
    prove("T1.3", start, name="b")

    assert first_parent(tree, FeatureState(space)) == start


def test_the_changes_of_a_task_are_those_since_it_began(repo, space, tree, prove):
    start = tree.head()
    committed(repo, "test", "test.txt")
    prove("T1.3", start)

    patch = task_diff(space, tree, "T1.3")
    assert "test.txt" in patch
    assert "work.txt" in patch


def test_where_its_beginning_is_not_before_it_they_are_those_of_its_commit(
    repo, space, tree, prove
):
    git(repo, "checkout", "-q", "-b", "other")
    other = committed(repo, "other", "other.txt")
    git(repo, "checkout", "-q", "main")
    committed(repo, "test", "test.txt")
    prove("T1.3", other)

    patch = task_diff(space, tree, "T1.3")
    assert "test.txt" not in patch
    assert "work.txt" in patch


def test_a_task_without_a_commit_has_no_changes_to_show(space, tree):
    with pytest.raises(NotFound, match=r"T1\.1 has no commit to review") as error:
        task_diff(space, tree, "T1.1")

    assert error.value.hint == "implement.sh pay --task T1.1"


def test_a_task_with_a_proof_that_is_in_no_commit_has_nothing_to_review(space, repo):
    save_evidence(space, "T1.1", "green", {"base": "HEAD"})

    with pytest.raises(NotFound, match=r"T1\.1 has no commit to review") as caught:
        task_diff(space, Tree(repo, space.root), "T1.1")
    assert caught.value.hint == "implement.sh pay --task T1.1"
