"""The tests of a PHP project: PHPUnit or Pest."""

import re

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found, Words

#: The first version of PHPUnit that takes more than one file; older ones run everything.
_TAKES_FILES = (10, 4)
_VERSION = re.compile(r"(?<![.\d])(\d{1,3})(?:\.(\d{1,3}))?")


def php(folder: Folder) -> Found | None:
    """None without a composer.json that names a test tool, or cannot be read."""
    package = folder.json("composer.json")
    needed = {**table(package, "require"), **table(package, "require-dev")}
    files = sum(1 for _ in folder.ending("Test.php"))
    suite: Words = ("composer", "test") if "test" in table(package, "scripts") else ()
    if "pestphp/pest" in needed:
        start = ("vendor/bin/pest",)
        sign = "pestphp/pest in composer.json"
        return Found("pest", sign, (*start, TESTS), suite or start, files=files)
    if "phpunit/phpunit" not in needed:
        problem = folder.json_problem("composer.json") if folder.has("composer.json") else ""
        return Found("", problem, files=files) if problem else None
    found = _VERSION.findall(str(needed["phpunit/phpunit"])[:200])
    versions = [(int(major), int(minor or 0)) for major, minor in found]
    start, sign = ("vendor/bin/phpunit",), "phpunit/phpunit in composer.json"
    if versions and min(versions) >= _TAKES_FILES:
        return Found("phpunit", sign, (*start, TESTS), suite or start, files=files)
    return Found("phpunit", sign, start, suite or start, files=files)
