"""The functions of the compiled scan, as they are declared."""

import re

from ai_sessions.compiled import build, library


def test_nothing_is_loaded_where_nothing_was_made(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "file", lambda: tmp_path / "none.so")
    library.loaded.cache_clear()

    assert library.loaded() is None
    library.loaded.cache_clear()


def test_a_source_that_is_lost_is_no_error(monkeypatch):
    def lost():
        raise FileNotFoundError("scan.c")

    monkeypatch.setattr(build, "file", lost)
    library.loaded.cache_clear()

    assert library.loaded() is None
    library.loaded.cache_clear()


def test_every_function_of_the_source_is_declared_with_all_its_arguments(calls):
    source = build.SOURCE.read_text()
    found = dict(re.findall(r"^EXPORT [^(]*?(scan_\w+)\(([^)]*)\)", source, re.MULTILINE))
    declared = {
        name: 0 if arguments == "void" else arguments.count(",") + 1
        for name, arguments in found.items()
    }

    loaded = library.loaded()
    assert {name: len(getattr(loaded, name).argtypes or []) for name in declared} == declared
