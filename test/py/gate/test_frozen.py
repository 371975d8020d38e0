"""What is frozen after red, and which part of a shared file that means."""

import pytest

from ai_sessions.gate import Scope, frozen, frozen_set, work_of


def test_tests_and_what_chooses_them_are_frozen(scope):
    existing = [
        "tests/test_charge.py",
        "tests/test_other.py",
        "tests/conftest.py",
        "pytest.ini",
        "package.json",
        "src/charge.py",
        "Makefile",
        "tests/__pycache__/conftest.pyc",
    ]

    assert frozen_set(existing, scope) == (
        "Makefile",
        "package.json",
        "pytest.ini",
        "tests/conftest.py",
        "tests/test_charge.py",
    )


def test_a_file_the_plan_lets_the_task_write_is_frozen_only_in_its_part_about_tests():
    scope = Scope("T1", ("tests/a.py",), ("Makefile", "pyproject.toml"))

    assert frozen_set(["Makefile", "pyproject.toml"], scope) == ("pyproject.toml",)


@pytest.mark.parametrize(
    ("path", "before", "after", "same"),
    [
        ("package.json", '{"scripts": {"test": "a"}}', '{"scripts": {"test": "b"}}', False),
        ("package.json", '{"scripts": {"test": "a"}}', '{"scripts":{"test":"a"},"x":1}', True),
        ("package.json", '{"jest": {}}', "{}", False),
        ("package.json", "{broken", "{broken too", False),
        ("pyproject.toml", '[tool.pytest]\na="1"', '[tool.pytest]\na="2"', False),
        ("pyproject.toml", "[project]\nname='a'", "[project]\nname='b'", True),
        ("sub/setup.cfg", "[tool:pytest]\nx=1", "[tool:pytest]\nx=2", False),
        ("sub/setup.cfg", "[metadata]\nx=1", "[metadata]\nx=2", True),
        ("setup.cfg", "no section", "none either", False),
        ("conftest.py", "a", "b", False),
        ("conftest.py", "a", "a", True),
    ],
)
def test_a_digest_follows_what_the_file_says_about_tests(path, before, after, same):
    one, two = frozen({path: before.encode()}), frozen({path: after.encode()})

    assert (one == two) is same
    assert one[path].startswith("sha256:")


def test_work_is_sorted_and_without_leavings():
    assert work_of(["b.py", "a.py", "b.py", "x/.mypy_cache/y", ".coverage"]) == ["a.py", "b.py"]
