"""The tests of a Ruby project: RSpec, Rails or minitest."""

import re

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import TESTS, Found

_RSPEC = re.compile(r"\brspec(?:-core|-rails)?\b")
#: What makes a rule `test` in a Rakefile.
_TASK = re.compile(r"\bTestTask\b|\btask[ (]{1,4}(?::test\b|test:|[\"']test[\"'])|\bload_tasks\b")


def ruby(folder: Folder) -> Found | None:
    """None without a Gemfile, a gemspec or a Rakefile."""
    specs = [name for name in folder.ending(".gemspec") if "/" not in name]
    if not specs and not folder.has("Gemfile", "Rakefile"):
        return None
    before = ("bundle", "exec") if folder.has("Gemfile") else ()
    lists = [name for name in ("Gemfile", "Gemfile.lock", *specs) if folder.has(name)]
    spec_files = sum(1 for _ in folder.ending("_spec.rb"))
    files = sum(1 for name in folder.ending(".rb") if _is_test(name))
    names_rspec = any(_says(folder, name, _RSPEC) for name in lists)
    if folder.has(".rspec") or (names_rspec and spec_files >= files):
        start = (*before, "rspec")
        return Found("rspec", _sign(folder, names_rspec), (*start, TESTS), start, files=spec_files)
    if folder.has("bin/rails") and files:
        start = ("bin/rails", "test")
        return Found("rails", "bin/rails", (*start, TESTS), start, files=files)
    whole = (*before, "rake", "test")
    if files and _says(folder, "Rakefile", _TASK):  # which takes no files: all of them run
        return Found("rake", "Rakefile", whole, whole, files=files)
    alone = (*before, "ruby", "-Ilib", "-Itest", TESTS)
    return Found("", "neither rspec nor a task test of rake is named", advice=alone, files=files)


def _says(folder: Folder, name: str, word: re.Pattern[str]) -> bool:
    """True when a line that is no comment has the word."""
    lines = folder.text(name).splitlines() if folder.has(name) else []
    return any(word.search(line) for line in lines if not line.lstrip().startswith("#"))


def _is_test(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return last.startswith("test_") or last.endswith("_test.rb")


def _sign(folder: Folder, names_rspec: bool) -> str:
    return "Gemfile" if names_rspec and folder.has("Gemfile") else ".rspec"
