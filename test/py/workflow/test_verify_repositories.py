"""`verify` in repositories with settings and contents of their own: honest work is a GO."""

import os
import venv

import pytest
from scripted import ROOT, SOURCE, TEST, Agent, git, plan_of, writes

from ai_sessions.workflow.implement import Options as Doing
from ai_sessions.workflow.implement import implement
from ai_sessions.workflow.init import prepare
from ai_sessions.workflow.verify import Options, verify
from ai_sessions.workspace.files import Workspace

PLAN = plan_of(
    "{id: T1.1, title: Gateway, files: {src: [gateway.py], tests: [test_gateway.py, data/]}}",
    test="test_gateway.py",
)
PYTHON = ".venv/bin/python"
UNREADABLE = os.fsdecode(b"caf\xe9.txt")


@pytest.fixture
def space(repo):
    made = Workspace(str(repo), ROOT, "pay")
    prepare(repo, ROOT)
    made.write(PLAN, "plan.yaml")
    return made


@pytest.fixture
def verdict(repo, space, line_of, project):
    """What `verify` says of an honest task."""

    def judged(test=TEST, **work):
        git(repo, "-c", "core.safecrlf=false", "add", "-A")
        git(repo, "commit", "-qm", "plan")
        line, _ = line_of(
            Agent(writes(test_gateway__py=test), writes(**work or {"gateway__py": SOURCE}))
        )
        implement(line, project, "T1.1", Doing(), os.environ)
        report = verify(space, os.environ, Options(), None)
        return report.verdict, [one.shown() for one in report.checks if one.status == "failed"]

    return judged


def test_line_ends_that_git_converts_change_nothing(repo, verdict):
    git(repo, "config", "core.autocrlf", "true")
    git(repo, "config", "core.safecrlf", "true")

    assert verdict() == ("GO", [])


def test_sources_that_a_checkout_converts_are_those_that_were_proved(repo, verdict):
    (repo / ".gitattributes").write_text("*.py text eol=crlf\n")

    assert verdict() == ("GO", [])


def test_evidence_that_a_checkout_converted_counts(repo, space, verdict):
    """As in a workspace that was begun without rules about line ends."""
    (repo / ROOT / ".gitattributes").write_text("")
    git(repo, "config", "core.autocrlf", "true")

    assert verdict() == ("GO", [])


def test_a_name_that_is_not_utf_8_is_kept_as_it_is(repo, verdict):
    (repo / "data").mkdir()
    (repo / "data" / UNREADABLE).write_text("x")

    assert verdict() == ("GO", [])


def test_submodules_are_in_the_checkout_that_is_judged(repo, tmp_path, verdict):
    library = tmp_path / "library"
    git(tmp_path, "init", "-q", str(library))
    (library / "rates.py").write_text("RATE = 2\n")
    git(library, "add", "-A")
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    git(library, *who, "commit", "-qm", "rates")
    allowed = ("-c", "protocol.file.allow=always")
    git(repo, *allowed, "submodule", "--quiet", "add", str(library), "vendor")

    assert verdict("import vendor.rates\n" + TEST) == ("GO", [])


# -- files that Git LFS keeps outside of git

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 5\n"
READS = f"{TEST}\n    def test_reads(self):\n        assert open('model.bin').read() == 'real'\n"


@pytest.fixture
def large(repo, tmp_path):
    """`model.bin`, which is a pointer in git and whole in the working tree."""
    (tmp_path / "pointer").write_text(POINTER)
    git(repo, "config", "filter.lfs.clean", f"cat > /dev/null; cat '{tmp_path}/pointer'")
    git(repo, "config", "filter.lfs.smudge", "echo asked a server >&2; exit 1")
    git(repo, "config", "filter.lfs.required", "true")
    (repo / ".gitattributes").write_text("*.bin filter=lfs\n")
    (repo / "model.bin").write_text("real")
    return repo / "model.bin"


def tool(folder, script):
    """A `git-lfs` that runs this, first on PATH."""
    folder.mkdir()
    (folder / "git-lfs").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git-lfs").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_large_files_that_are_only_in_the_working_tree_are_a_reason_of_its_own(
    large, space, verdict, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", tool(tmp_path / "tools", "exit 1"))
    unnamed = "next(__import__('pathlib').Path().glob('*.bin')).read_text()"
    by_its_ending = READS.replace("open('model.bin').read()", unnamed)

    assert verdict(by_its_ending) == ("MANUAL", [])
    report = verify(space, os.environ, Options(), None)
    assert any("model.bin is a pointer of Git LFS" in one.told for one in report.checks)
    assert any("git lfs pull" in note for note in report.notes)


def test_large_files_that_were_never_fetched_are_one_too(large, repo, verdict, space):
    verdict(READS)
    large.write_text(POINTER)

    assert verify(space, os.environ, Options(), None).verdict == "MANUAL"


def test_a_pointer_that_no_failing_test_reads_excuses_nothing(large, repo, verdict, space):
    assert verdict() == ("GO", [])
    large.write_text(POINTER)
    git(repo, "rm", "-q", "gateway.py")
    git(repo, "commit", "-qm", "break")

    assert verify(space, os.environ, Options(), None).verdict == "NO-GO"


def test_large_files_come_from_the_local_store(large, repo, verdict, tmp_path, monkeypatch):
    (repo / ".git/lfs/objects").mkdir(parents=True)
    fetches = '[ "$1" = checkout ] && printf real > model.bin'
    monkeypatch.setenv("PATH", tool(tmp_path / "tools", fetches))

    assert verdict(READS) == ("GO", [])


def test_a_sparse_checkout_is_judged_with_all_files(repo, verdict):
    (repo / "rates").mkdir()
    (repo / "rates/__init__.py").write_text("")
    (repo / "docs").mkdir()
    (repo / "docs/long.md").write_text("long")
    git(repo, "add", "rates", "docs")
    git(repo, "commit", "-qm", "rates")
    git(repo, "sparse-checkout", "set", "rates", ROOT)
    assert not (repo / "docs").exists()
    reads = (
        f"{TEST}\n    def test_all(self):\n        import os\n"
        "        assert os.path.isdir('.git') or os.path.exists('docs/long.md')\n"
    )

    assert verdict(reads) == ("GO", [])


@pytest.fixture
def installed(repo, space):
    """A package in `src/` that is installed as a link, as `pip install -e .` does it."""
    space.write(
        PLAN.replace("[gateway.py]", "[src/gateway.py]").replace("python3", PYTHON), "plan.yaml"
    )
    (repo / "src").mkdir()
    (repo / "src/gateway.py").write_text("")
    (repo / ".gitignore").write_text(".venv\n")
    venv.create(repo / ".venv", symlinks=True)
    site = next((repo / ".venv").glob("lib/python*/site-packages"))
    (site / "shop.pth").write_text(f"{repo}/src\n")
    return repo / "src/gateway.py"


def test_a_package_that_is_installed_as_a_link_is_the_checkouts(verdict, installed):
    assert verdict(**{"src/gateway__py": SOURCE}) == ("GO", [])


def test_a_package_that_cannot_be_led_to_the_checkout_is_not_verified(repo, verdict, installed):
    """Some installers put a loader of their own before every path."""
    site = next((repo / ".venv").glob("lib/python*/site-packages"))
    (site / "_loader.py").write_text(
        "import importlib.machinery, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        places = [{str(repo / 'src')!r}]\n"
        "        return importlib.machinery.PathFinder.find_spec(name, places, target)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    (site / "shop.pth").write_text(f"{repo}/src\nimport _loader\n")

    assert verdict(**{"src/gateway__py": SOURCE}) == ("MANUAL", [])


def test_what_is_only_in_the_working_tree_is_not_in_the_verdict(repo, space, verdict, installed):
    verdict(**{"src/gateway__py": SOURCE})
    installed.write_text("broken = True\n")
    git(repo, "commit", "-qam", "break it")
    installed.write_text(SOURCE)

    report = verify(space, os.environ, Options(), None)

    assert report.verdict == "NO-GO"
    assert "T1.1 tests" in [one.name for one in report.checks if one.status == "failed"]


def test_a_shallow_clone_says_that_the_history_is_missing(repo, verdict, tmp_path):
    verdict()
    (repo / "README.md").write_text("later\n")
    git(repo, "commit", "-qam", "later")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")

    report = verify(Workspace(str(tmp_path / "shallow"), ROOT, "pay"), os.environ, Options(), None)

    assert report.verdict == "MANUAL"
    assert any("fetch-depth: 0" in check.told for check in report.checks)
    assert {check.status for check in report.checks} == {"open", "noted"}
    assert report.next == "git fetch --unshallow"


def test_a_shallow_clone_that_has_the_commits_is_judged(repo, verdict, tmp_path):
    verdict()
    git(tmp_path, "clone", "-q", "--depth=3", f"file://{repo}", "shallow")

    report = verify(Workspace(str(tmp_path / "shallow"), ROOT, "pay"), os.environ, Options(), None)

    assert report.verdict == "GO"
