"""Repositories with a feature of the same name: each has its own session, found from within it."""

import subprocess

import pytest

from ai_sessions.errors import NotFound
from ai_sessions.records import About
from ai_sessions.sessions import projects
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NAME = "implement-auth"


@pytest.fixture
def repository(tmp_path):
    """Makes real repositories: `repository("work/shop-api")` is the path of one."""

    def make(name):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        return str(folder)

    return make


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "sessions", fsync="none", same_project=projects.same)


def used(store, project, name=NAME):
    """A command in that project: the session it chose."""
    found = projects.session_for(store, name, project)
    store.ensure(found, About("implement", "auth", project))
    return found


def test_the_first_project_has_the_plain_name_and_the_next_one_says_where_it_belongs(
    store, repository
):
    shop, api = repository("shop"), repository("shop-api")

    assert [used(store, shop), used(store, api)] == [NAME, "implement-auth@shop-api"]
    assert [used(store, shop), used(store, api)] == [NAME, "implement-auth@shop-api"]
    assert len(list(store.sessions())) == 2


def test_a_third_one_whose_folder_is_called_the_same_gets_a_mark(store, repository):
    first, second, third = (repository(f"{one}/shop") for one in "abc")
    names = [used(store, one) for one in (first, second, third)]

    assert names[:2] == [NAME, "implement-auth@shop"]
    assert names[2].startswith("implement-auth@shop-")
    assert [used(store, one) for one in (first, second, third)] == names


def test_a_project_keeps_its_session_when_the_plain_name_becomes_free(store, repository):
    shop, api = repository("shop"), repository("shop-api")
    used(store, shop)
    used(store, api)
    store.discard(NAME)

    assert used(store, api) == "implement-auth@shop-api"
    assert used(store, shop) == NAME


def test_a_session_without_a_project_is_everybodys(store, repository):
    store.ensure(NAME, About("implement", "auth"))

    assert projects.session_for(store, NAME, repository("shop")) == NAME


def test_working_trees_of_one_repository_share_their_sessions(store, repository, tmp_path):
    shop, tree = repository("shop"), str(tmp_path / "shop-tree")
    git = ["git", "-C", shop, "-c", "user.name=T", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Begin"], check=True)
    subprocess.run([*git, "worktree", "add", "-q", tree], check=True)

    assert used(store, shop) == used(store, tree) == NAME


@pytest.mark.parametrize("folder", ["Мой магазин", "My Shop!", "...", "x" * 300, "con", "@"])
def test_whatever_the_folder_is_called_the_name_is_a_session_name(store, folder):
    projects_ = [f"/{number}/{folder}" for number in range(4)]
    names = [used(store, one) for one in projects_]

    assert len(set(names)) == 4
    assert [used(store, one) for one in projects_] == names


def test_without_a_store_on_disk_the_plain_name_serves():
    assert projects.session_for(MemoryStore(), NAME, "/shop") == NAME


@pytest.fixture
def two(store, repository):
    """Two projects with the same feature, and one session that only the first one has."""
    shop, api = repository("shop"), repository("shop-api")
    used(store, shop)
    used(store, api)
    used(store, shop, "plan-auth")
    return store, shop, api


@pytest.mark.parametrize(
    ("given", "in_shop", "in_api", "elsewhere"),
    [
        ("implement-auth", NAME, "implement-auth@shop-api", NAME),
        ("impl", NAME, "implement-auth@shop-api", None),
        ("implement-auth@shop-api", *["implement-auth@shop-api"] * 3),
        ("implement-auth@shop", NAME, NAME, NAME),
        ("plan-auth", "plan-auth", "plan-auth", "plan-auth"),
        ("plan", "plan-auth", "plan-auth", "plan-auth"),
        ("implement-auth@wiki", None, None, None),
    ],
)
def test_a_name_means_the_session_of_the_project_one_is_in(two, given, in_shop, in_api, elsewhere):
    store, shop, api = two
    for project, expected in ((shop, in_shop), (api, in_api), ("", elsewhere)):
        if expected is None:
            with pytest.raises(NotFound):
                projects.find(store, given, project)
        else:
            assert projects.find(store, given, project) == expected
