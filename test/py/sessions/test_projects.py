"""Repositories with a feature of the same name: each has its own session, found from within it."""

import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from ai_sessions.errors import NotFound, Taken
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
    about = About("implement", "auth", project)
    store.ensure(found, about)
    projects.claim(store, found, about)
    return found


def commit(folder):
    git = ["git", "-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", uuid.uuid4().hex], check=True)
    return folder


@pytest.fixture
def begun(repository):
    """As `repository`, with a first commit of its own."""
    return lambda name: commit(repository(name))


def moved(folder, name):
    there = str(Path(folder).parent / name)
    Path(folder).rename(there)
    return there


def cloned(folder, name):
    there = str(Path(folder).parent / name)
    subprocess.run(["git", "clone", "-q", folder, there], check=True)
    return there


def worktree(folder, name):
    there = str(Path(folder).parent / name)
    subprocess.run(["git", "-C", folder, "worktree", "add", "-q", there], check=True)
    return there


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


def test_a_repository_that_was_moved_keeps_its_sessions_and_the_new_path_is_recorded(store, begun):
    shop = begun("shop")
    used(store, shop)
    there = moved(shop, "store")

    assert used(store, there) == NAME
    assert store.read(NAME).about.project == there


def test_a_session_named_after_the_old_folder_is_found_from_the_new_one(store, begun):
    shop, api = begun("shop"), begun("api")
    used(store, shop)
    used(store, api)
    there = moved(api, "api-v2")

    assert used(store, there) == "implement-auth@api"
    assert used(store, shop) == NAME


def test_a_repository_that_was_moved_is_told_to_have_been(store, begun):
    shop = begun("shop")
    used(store, shop)
    there = moved(shop, "store")
    told = [projects.claim(store, NAME, About(project=there)) for _time in range(2)]

    assert told == [f"{NAME} was of {shop}, which is gone: it goes on here", ""]


def test_a_worktree_that_was_removed_leaves_its_sessions_to_the_repository(store, begun):
    shop = begun("shop")
    tree = worktree(shop, "tree")
    used(store, tree)
    shutil.rmtree(tree)

    assert used(store, shop) == NAME
    assert store.read(NAME).about.project == shop


def test_a_worktree_that_was_removed_leaves_them_to_a_repository_that_was_moved(store, begun):
    shop = begun("shop")
    tree = worktree(shop, "tree")
    used(store, tree)
    shutil.rmtree(tree)

    assert used(store, moved(shop, "store")) == NAME


def test_a_second_clone_does_not_share_the_sessions_of_the_first(store, begun):
    shop = begun("shop")
    used(store, shop)
    clone = cloned(shop, "clone")

    assert used(store, clone) == "implement-auth@clone"
    assert used(store, shop) == NAME


def test_a_second_clone_does_not_take_the_sessions_of_a_removed_worktree(store, begun):
    shop = begun("shop")
    tree = worktree(shop, "tree")
    used(store, tree)
    clone = cloned(shop, "clone")
    shutil.rmtree(tree)

    assert used(store, clone) == "implement-auth@clone"


def test_of_two_clones_of_a_repository_that_is_gone_one_goes_on(store, begun):
    shop = begun("shop")
    used(store, shop)
    clones = [cloned(shop, "one"), cloned(shop, "two")]
    shutil.rmtree(shop)

    assert [used(store, one) for one in clones] == [NAME, "implement-auth@two"]


def test_what_another_clone_claims_meanwhile_is_not_ours(store, begun):
    shop = begun("shop")
    used(store, shop)
    one, two = cloned(shop, "one"), cloned(shop, "two")
    shutil.rmtree(shop)

    class Slow:
        """Another clone claims the session between our look and our write."""

        def __getattr__(self, name):
            return getattr(store, name)

        def append(self, name, entries, expect=None):
            projects.claim(store, NAME, About(project=two))
            return store.append(name, entries, expect)

    with pytest.raises(Taken, match="belongs to another project"):
        projects.claim(Slow(), NAME, About(project=one))
    assert store.read(NAME).about.project == two


def test_another_repository_in_the_old_place_does_not_hide_one_that_was_moved(store, begun):
    shop = begun("shop")
    used(store, shop)
    there = moved(shop, "store")
    begun("shop")

    assert used(store, there) == NAME
    assert store.read(NAME).about.project == there


def test_unrelated_repositories_do_not_inherit(store, begun):
    shop, bank = begun("shop"), begun("bank")
    used(store, shop)
    shutil.rmtree(shop)

    assert used(store, bank) == "implement-auth@bank"


def test_a_shallow_clone_has_no_first_commit_to_go_by(store, begun):
    shop = commit(begun("shop"))
    shallow = str(Path(shop).parent / "shallow")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{shop}", shallow], check=True)

    assert projects.identified(About(project=shallow)).root_commit == ""


def test_sessions_of_an_earlier_version_get_their_identity_at_the_next_call(store, begun):
    shop = begun("shop")
    store.ensure(NAME, About("implement", "auth", shop))
    before = store.read(NAME).about
    used(store, shop)
    about = store.read(NAME).about

    assert (before.git_folder, before.root_commit) == ("", "")
    assert about.git_folder == f"{shop}/.git"
    assert len(about.root_commit) == 40
    assert used(store, moved(shop, "store")) == NAME


def test_the_identity_is_recorded_once(store, begun):
    shop = begun("shop")
    used(store, shop)
    entries = len(list(store.entries(NAME)))
    used(store, shop)
    used(store, worktree(shop, "tree"))

    assert len(list(store.entries(NAME))) == entries == 1


def test_a_first_commit_that_comes_later_is_recorded(store, repository):
    shop = repository("shop")
    used(store, shop)
    commit(shop)
    used(store, shop)

    assert len(store.read(NAME).about.root_commit) == 40


def test_a_journal_that_was_written_anew_keeps_the_owner(store, begun):
    shop = begun("shop")
    used(store, shop)
    used(store, moved(shop, "store"))
    about = store.read(NAME).about
    (store.path(NAME) / "metadata.json").unlink()

    assert store.read(NAME).about == about


@pytest.mark.parametrize("value", ["", None, 1, [], {"project": 1}, {"root_commit": {}}])
def test_an_owner_that_is_damaged_changes_nothing(store, begun, value):
    shop = begun("shop")
    used(store, shop)
    about = store.read(NAME).about
    store.append(NAME, [{"type": "set", "key": "owner", "value": value}])

    assert store.read(NAME).about == about
