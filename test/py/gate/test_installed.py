"""Installed packages: what an installer did is told, what was edited by hand is refused."""

import pytest

from ai_sessions.gate import STARTS, Changes, installed_changes, judge_installed

SITE = ".venv/lib/python3.11/site-packages"
NODE = "node_modules"


def mark(inode, size=1, digest=""):
    return inode, size, inode, inode, digest


BEFORE = {
    f"{SITE}/pay/__init__.py": mark(1),
    f"{SITE}/pay/core.py": mark(2),
    f"{SITE}/pay-1.dist-info/RECORD": mark(3),
    f"{SITE}/six.py": mark(4),
    f"{SITE}/own.pth": mark(5, digest="a"),
    ".venv/bin/python": mark(6, digest="/usr/bin/python3"),
    f"{NODE}/x/index.js": mark(7),
    f"{NODE}/x/package.json": mark(8),
    f"{NODE}/@s/y/index.js": mark(9),
    f"{NODE}/.prisma/client/index.js": mark(10),
    f"{NODE}/.bin/mocha": mark(11, digest="../mocha/bin/mocha.js"),
}


@pytest.mark.parametrize(
    "after",
    [
        {f"{SITE}/pay/core.py": mark(90)},
        {f"{SITE}/pay/core.py": None},
        {f"{SITE}/pay/core.py": mark(2, 5), f"{SITE}/pay/__init__.py": mark(1, 5)},
        {f"{SITE}/six.py": mark(90, 5)},
        {".venv/bin/python": mark(90, digest="../../evil")},
        {f"{SITE}/own.pth": mark(5, 9, digest="b")},
        {f"{SITE}/evil.pth": mark(90, digest=f"{STARTS}x")},
        {f"{SITE}/sitecustomize.py": mark(90, digest=f"{STARTS}x")},
        {f"{SITE}/evil-1.dist-info/entry_points.txt": mark(90, digest=f"{STARTS}x")},
        {f"{NODE}/x/index.js": mark(90)},
        {f"{NODE}/@s/y/index.js": mark(90)},
        {f"{NODE}/.bin/mocha": mark(90, digest="../evil.js")},
    ],
)
def test_an_edit_inside_a_package_or_of_what_is_started_is_told_apart(after):
    found = installed_changes(BEFORE, laid(after))

    assert found.edited == tuple(sorted(after)) and not found.others


@pytest.mark.parametrize(
    "after",
    [
        {f"{SITE}/new/__init__.py": mark(90), f"{SITE}/new-1.dist-info/RECORD": mark(91)},
        {f"{SITE}/new.py": mark(90)},
        {f"{SITE}/new-1.dist-info/entry_points.txt": mark(90, digest="console")},
        {f"{SITE}/__editable__.x.pth": mark(90, digest="import")},
        {".venv/bin/new": mark(90, digest="a")},
        {f"{NODE}/new/index.js": mark(90), f"{NODE}/new/package.json": mark(91)},
        {f"{NODE}/.prisma/client/index.js": mark(90)},
        {f"{NODE}/x/index.js": mark(90), f"{NODE}/x/package.json": mark(91, 7)},
        {f"{NODE}/x/index.js": None, f"{NODE}/x/package.json": None},
        {
            f"{SITE}/pay/__init__.py": mark(90),
            f"{SITE}/pay/core.py": mark(91, 7),
            f"{SITE}/pay/more.py": mark(92),
            f"{SITE}/pay-1.dist-info/RECORD": mark(93),
        },
    ],
)
def test_what_installers_and_generators_do_is_no_edit(after):
    found = installed_changes(BEFORE, laid(after))

    assert not found.edited
    assert set(found.others) == {path for path in after if not path.endswith("RECORD")}


@pytest.mark.parametrize(
    "after",
    [
        {},
        {f"{SITE}/own.pth": mark(90, digest="a")},
        {f"{NODE}/.bin/mocha": mark(90, digest="../mocha/bin/mocha.js")},
        {f"{SITE}/pay-1.dist-info/RECORD": mark(90), f"{NODE}/.package-lock.json": mark(91)},
        {f"{SITE}/pip/x.py": mark(90), ".venv/.lock": mark(91)},
    ],
)
def test_notes_of_installers_and_equal_content_are_no_change(after):
    assert not installed_changes(BEFORE, laid(after))


def laid(after):
    return {path: one for path, one in {**BEFORE, **after}.items() if one is not None}


EDITED = Changes((f"{SITE}/pay/core.py",), ())


def test_an_edit_is_refused_in_words_that_help(scope):
    verdict = judge_installed(scope, EDITED, ["gateway.py"])

    assert not verdict.ok and verdict.code == "unseen"
    assert verdict.reason.endswith(
        "pay/core.py changed in installed packages, which no commit carries"
    )
    assert "manifest" in verdict.feedback


@pytest.mark.parametrize(
    "name",
    [
        *("package.json", "web/package-lock.json", "pnpm-lock.yaml", "yarn.lock", "uv.lock"),
        *("pyproject.toml", "requirements.txt", "requirements-dev.txt", "dev-requirements.in"),
        *("Pipfile.lock", "patches/x+1.0.patch"),
    ],
)
def test_a_manifest_that_changed_too_explains_it(scope, name):
    verdict = judge_installed(scope, EDITED, [name])

    assert verdict.ok and "verify.sh has to install them afresh" in verdict.warnings[0]


def test_new_packages_are_told_and_no_change_is_not(scope):
    told = judge_installed(scope, Changes((), ("node_modules/x/a.js",)), [])

    assert told.ok and "1 file of installed packages changed" in told.warnings[0]
    assert judge_installed(scope, Changes((), ()), []).warnings == ()
