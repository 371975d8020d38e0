"""Making the compiled scan: only what fits is there, and nothing goes wrong without a compiler."""

import os
import shutil
from pathlib import Path

import pytest

from ai_sessions.compiled import build, library

CC = '#!/bin/sh\n[ -e "{0}/broken" ] && exit 1\nwhile [ "$1" != -o ]; do shift; done\n: >"$2"\n'


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with an environment and a compiler that leaves an empty file."""
    source = tmp_path / "pylib/ai_sessions/compiled/scan.c"
    source.parent.mkdir(parents=True)
    source.write_text("int one;")
    (tmp_path / ".venv").mkdir()
    (tmp_path / "bin").mkdir()
    cc = tmp_path / "bin/cc"
    cc.write_text(CC.format(tmp_path))
    cc.chmod(0o755)
    monkeypatch.setattr(build, "SOURCE", source)
    build._key.cache_clear()
    yield tmp_path
    build._key.cache_clear()


def environment(checkout: Path) -> dict[str, str]:
    return {"PATH": f"{checkout / 'bin'}:/usr/bin:/bin"}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_kept_in_the_environment_of_a_checkout(checkout):
    assert build.build(environment(checkout))
    assert names(checkout / ".venv") == [build.file().name]
    assert build.file().parent == checkout / ".venv"


def test_in_an_installed_package_it_is_kept_with_what_python_compiled(checkout):
    shutil.rmtree(checkout / ".venv")

    assert build.build(environment(checkout))
    assert build.file().parent == build.SOURCE.parent / "__pycache__"


def test_another_source_is_another_file_and_the_old_one_goes(checkout):
    build.build(environment(checkout))
    old = build.file()
    build.SOURCE.write_text("int two;")
    build._key.cache_clear()

    assert not build.file().exists()
    assert build.build(environment(checkout))
    assert names(checkout / ".venv") == [build.file().name] != [old.name]


def test_another_python_or_machine_has_another_file(checkout, monkeypatch):
    found = {build.file()}
    for name, value in (("platform", "other"), ("implementation", build.sys.flags)):
        with monkeypatch.context() as patch:
            if name == "platform":
                patch.setattr(build.sys, "platform", value)
            else:
                patch.setattr(build.sys.implementation, "cache_tag", "cpython-399")
            build._key.cache_clear()
            found.add(build.file())

    assert len(found) == 3


def test_without_a_compiler_there_is_none_and_no_complaint(checkout, capfd):
    assert not build.build({"PATH": str(checkout)})
    assert not build.build({})
    assert names(checkout / ".venv") == []
    assert capfd.readouterr() == ("", "")


def test_a_compiler_that_fails_leaves_nothing(checkout, capfd):
    (checkout / "broken").touch()

    assert not build.build(environment(checkout))
    assert names(checkout / ".venv") == []
    assert capfd.readouterr() == ("", "")


def test_what_is_there_is_not_made_again(checkout):
    build.build(environment(checkout))
    (checkout / "broken").touch()

    assert build.build(environment(checkout))


def test_a_folder_that_cannot_be_written_is_no_error(checkout, monkeypatch):
    def refuse(*_words, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ai_sessions.processes.asking.ask", refuse)

    assert not build.build(environment(checkout))


def test_the_window_that_macos_opens_for_its_tools_stays_closed(checkout, monkeypatch):
    monkeypatch.setattr(build.sys, "platform", "darwin")
    monkeypatch.setattr(shutil, "which", lambda *_words, **_more: "/usr/bin/cc")
    monkeypatch.setattr(build.os.path, "isdir", lambda _path: False)

    assert build.compiler(os.environ) == ""


def test_what_does_not_load_is_as_if_it_were_not_there(checkout):
    build.build(environment(checkout))  # an empty file
    library.loaded.cache_clear()

    assert library.loaded() is None
    library.loaded.cache_clear()
