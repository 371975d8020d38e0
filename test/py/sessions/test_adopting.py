"""A person gives sessions to a repository: what is refused, and what is on record afterwards."""

import shutil
import subprocess

import pytest

from ai_sessions.errors import Conflict, LockBusy, NotFound, Taken, UsageError
from ai_sessions.records import About, Note
from ai_sessions.sessions import projects
from ai_sessions.sessions.adopting import adopt, of_feature
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NAME = "implement-auth"


@pytest.fixture(params=["files", "memory"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryStore(same_project=projects.same)
    return FileStore(tmp_path / "sessions", fsync="none", same_project=projects.same)


@pytest.fixture
def repository(tmp_path):
    """Makes repositories without commits, which only their place identifies."""

    def make(name):
        folder = tmp_path / name
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        return str(folder)

    return make


@pytest.fixture
def copied(repository):
    """A repository, and another one that its work goes on in."""
    old, new = repository("shop"), repository("store")
    return old, new


def used(store, project, name=NAME):
    found = projects.session_for(store, name, project)
    about = About(name.partition("-")[0], "auth", project)
    store.ensure(found, about)
    projects.claim(store, found, about)
    return found


def test_the_session_of_a_repository_that_is_gone_goes_on_here(store, copied):
    old, new = copied
    used(store, old)
    shutil.rmtree(old)

    assert adopt(store, NAME, new) == old
    about = store.read(NAME).about
    assert (about.project, about.git_folder) == (new, f"{new}/.git")
    assert (about.command, about.feature) == ("implement", "auth")
    assert used(store, new) == NAME


def test_a_repository_that_is_still_there_keeps_its_sessions(store, copied):
    old, new = copied
    used(store, old)

    with pytest.raises(Taken, match=f"another repository, which is still there: {old}"):
        adopt(store, NAME, new)
    assert store.read(NAME).about.project == old
    assert adopt(store, NAME, new, force=True) == old
    assert store.read(NAME).about.project == new


def test_what_is_ours_already_stays_as_it_is(store, copied):
    _old, new = copied
    used(store, new)
    before = list(store.plain_entries(NAME))

    assert adopt(store, NAME, new) is None
    assert list(store.plain_entries(NAME)) == before


def test_a_session_of_no_repository_can_be_adopted(store, copied):
    store.ensure(NAME, About("implement", "auth"))

    assert adopt(store, NAME, copied[1]) == ""
    assert store.read(NAME).about.project == copied[1]


@pytest.mark.parametrize("force", [False, True])
def test_a_repository_with_a_session_for_the_same_work_gets_no_second_one(store, copied, force):
    old, new = copied
    used(store, old)
    own = used(store, new)
    shutil.rmtree(old)

    with pytest.raises(UsageError, match=f"has a session {own} of its own already") as refused:
        adopt(store, NAME, new, force=force)
    assert refused.value.hint.endswith(f"rename {own} NEW")
    assert store.read(NAME).about.project == old


def test_a_session_in_use_is_not_adopted(store, copied):
    old, new = copied
    used(store, old)
    shutil.rmtree(old)

    with store.turn(NAME, 0), pytest.raises(LockBusy):
        adopt(store, NAME, new)
    assert store.read(NAME).about.project == old


def test_what_another_one_writes_meanwhile_is_looked_at_again(store, copied, repository):
    old, new = copied
    used(store, old)
    shutil.rmtree(old)
    third = repository("third")

    class Slow:
        """Another repository gets the session between our look and our write."""

        def __getattr__(self, name):
            return getattr(store, name)

        def append(self, name, entries, expect=None, turn=None):
            store.append(name, [projects.owner_of(projects.identified(About(project=third)))])
            return store.append(name, entries, expect, turn)

    with pytest.raises(Taken, match=third):
        adopt(Slow(), NAME, new)
    assert store.read(NAME).about.project == third


def test_others_that_write_all_the_time_are_told_of(store, copied):
    old, new = copied
    used(store, old)
    shutil.rmtree(old)

    class Crowded:
        def __getattr__(self, name):
            return getattr(store, name)

        def append(self, name, entries, expect=None, turn=None):
            store.append(name, [Note("x", {})])
            return store.append(name, entries, expect, turn)

    with pytest.raises(Conflict, match="all the time"):
        adopt(Crowded(), NAME, new)
    assert store.read(NAME).about.project == old


def test_a_feature_means_its_sessions_of_repositories_that_are_gone(store, copied, repository):
    old, new = copied
    third = repository("third")
    for project, name in ((old, NAME), (old, "plan-auth"), (third, "review-auth")):
        used(store, project, name)
    shutil.rmtree(old)

    assert of_feature(store, "auth", new) == (NAME, "plan-auth")
    assert of_feature(store, "auth", new, force=True) == (NAME, "plan-auth", "review-auth")


def test_a_feature_of_a_repository_that_is_there_or_of_none_is_refused(store, copied):
    old, new = copied
    used(store, old)

    with pytest.raises(Taken, match=f"sessions of auth .*still there: {old}"):
        of_feature(store, "auth", new)
    assert of_feature(store, "auth", old, force=True) == (NAME,)
    with pytest.raises(NotFound, match="no session of feature 'pay' belongs to a repository"):
        of_feature(store, "pay", new, force=True)


def test_two_sessions_for_the_same_work_are_for_a_person_to_choose_from(store, copied, repository):
    old, new = copied
    third = repository("third")
    used(store, old)
    other = used(store, third)
    shutil.rmtree(old)
    shutil.rmtree(third)

    with pytest.raises(UsageError, match=f"{NAME} and {other} would be the same session here"):
        of_feature(store, "auth", new)
