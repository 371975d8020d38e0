"""What is frozen after red, and which part of a shared file that means."""

import pytest

from ai_sessions.gate import Scope, frozen, frozen_set, of_the_tests, work_of


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


@pytest.mark.parametrize(
    "name",
    [
        *("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "noxfile.py"),
        *("tox.ini", "setup.cfg", "pyproject.toml", "sitecustomize.py", "usercustomize.py"),
        *("entry_points.txt", ".coveragerc", "package.json", ".npmrc", "setup_suite.bash"),
        *("Cargo.toml", "nextest.toml", "go.mod", "go.work", "Makefile", "GNUmakefile"),
        *("justfile", "Rakefile", ".rspec", "rules.mk", "src.pth", "Taskfile.yml"),
        *("jest.config.js", "vitest.config.ts", "vite.config.mjs", "ava.config.js"),
        *("playwright.config.ts", "cypress.config.js", "vitest.workspace.ts", "karma.conf.js"),
        *(".mocharc.json", ".yarnrc.yml", ".pnpmfile.cjs", ".c8rc", ".nycrc.json"),
        *(".cargo/config", ".cargo/config.toml", "build.rs", "rust-toolchain", ".swcrc"),
        *("rust-toolchain.toml", ".python-version", ".node-version", ".nvmrc", ".tool-versions"),
        *("mise.toml", "bunfig.toml", ".taprc", "phpunit.xml", "phpunit.xml.dist"),
    ],
)
def test_what_chooses_the_tests_is_frozen_wherever_it_lies(scope, name):
    assert frozen_set([name, f"deep/{name}"], scope) == tuple(sorted([name, f"deep/{name}"]))


@pytest.mark.parametrize("name", ["config.toml", "jest.json", "mk", "test.py", "my-pytest.ini"])
def test_what_chooses_no_tests_is_not(scope, name):
    assert frozen_set([name, f"src/{name}"], scope) == ()


def test_the_words_of_the_commands_are_frozen_unless_the_plan_names_them():
    runs = ("sh", "run-tests", "bin/check")
    scope = Scope("T1", ("tests/a.py",), ("bin/check", "src/**"), runs)

    assert frozen_set(["run-tests", "bin/check", "src/x.py"], scope) == ("run-tests",)


@pytest.mark.parametrize(
    ("sources", "path", "is_frozen"),
    [
        (["conftest.py"], "conftest.py", False),
        (["lib/**"], "lib/conftest.py", False),
        (["tests/**"], "tests/unit/conftest.py", True),
        (["tests/**"], "tests/conftest.py", True),
        (["**"], "conftest.py", True),
        (["tests/*"], "conftest.py", True),
        (["lib/other/conftest.py"], "lib/conftest.py", True),
    ],
)
def test_a_pattern_of_the_plan_frees_only_what_is_not_above_the_tests(sources, path, is_frozen):
    scope = Scope("T1", ("./tests/unit/test_a.py",), tuple(sources))

    assert frozen_set([path], scope) == ((path,) if is_frozen else ())


def test_a_folder_of_tests_is_held_with_all_above_it():
    scope = Scope("T1", ("tests/unit/",), ("tests/**",))

    existing = ["tests/conftest.py", "tests/unit/conftest.py", "tests/other/conftest.py"]
    assert set(existing) - set(frozen_set(existing, scope)) == {"tests/other/conftest.py"}


LEFT = [
    *("a/__pycache__/b.x", "b.pyc", ".pytest_cache/v", ".mypy_cache/v", ".ruff_cache/v"),
    *(".hypothesis/v", "sub/.coverage", ".DS_Store"),
]


@pytest.mark.parametrize("path", LEFT)
def test_what_tools_leave_behind_is_no_work(path):
    assert work_of([path, "a.py"]) == ["a.py"]


# -- what is the tests' own, though no digest froze it


@pytest.mark.parametrize(
    "folder", ["test", "tests", "spec", "__tests__", "testdata", "test_helper"]
)
def test_a_helper_or_data_in_a_folder_of_tests_is_theirs(scope, folder):
    helpers = [f"{folder}/helper.py", f"pay/{folder}/deep/rates.json"]

    assert of_the_tests(helpers, helpers, scope) == tuple(sorted(helpers))


@pytest.mark.parametrize("path", ["src/helper.py", "pay/rates.json", "test", "tests.py"])
def test_what_lies_elsewhere_is_not(scope, path):
    assert of_the_tests([path], [path], scope) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("test_x.py", "x_test.go", "x_tests.rs", "x.test.js", "x.spec.ts", "x_spec.rb", "x.bats"),
        *("XTest.java", "XTests.java", "XTest.kt", "x.snap"),
    ],
)
def test_a_test_of_another_is_the_suites_to_answer_for(scope, name):
    assert of_the_tests([f"tests/{name}"], [f"tests/{name}"], scope) == ()


@pytest.mark.parametrize("sources", [("tests/helper.py",), ("tests/**",), ("tests/*.py",)])
def test_a_helper_that_the_plan_lets_the_task_write_is_the_tasks(sources):
    scope = Scope("T1", ("tests/test_a.py",), sources)

    assert of_the_tests(["tests/helper.py"], ["tests/helper.py"], scope) == ()


def test_the_tasks_tests_and_leavings_are_told_elsewhere(scope):
    changed = ["tests/test_charge.py", "tests/__pycache__/helper.pyc"]

    assert of_the_tests(changed, changed, scope) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "tomli"),
        *("exceptiongroup", "xdist", "execnet", "pytest_cov", "pytest_asyncio", "coverage"),
        *("hypothesis", "nose", "nose2", "mock", "attr", "attrs", "sitecustomize"),
        *("usercustomize", "json", "unittest"),
    ],
)
@pytest.mark.parametrize("form", ["{}.py", "{}/__init__.py", "tests/{}.py", "tests/{}/__init__.py"])
def test_a_new_module_that_hides_a_tool_is_the_tests(scope, name, form):
    path = form.format(name)

    assert of_the_tests([path], [], scope) == (path,)


@pytest.mark.parametrize("path", ["json.so", "tests/json.cpython-311-x86_64-linux-gnu.so"])
def test_a_compiled_one_hides_it_too(scope, path):
    assert of_the_tests([path], [], scope) == (path,)


@pytest.mark.parametrize(
    "path",
    [
        *("src/json.py", "json/reader.py", "json.md", "charge.py", "tests/helper.py"),
        *("test/__init__.py", "test.py", "src/json/__init__.py", "README"),
    ],
)
def test_a_new_file_that_hides_nothing_is_work(scope, path):
    assert of_the_tests([path], [], scope) == ()


def test_a_module_that_the_plan_names_is_the_tasks_whatever_it_hides():
    named, globbed = (Scope("T1", ("tests/a.py",), (one,)) for one in ("json.py", "*.py"))

    assert of_the_tests(["json.py"], [], named) == ()
    assert of_the_tests(["json.py"], [], globbed) == ("json.py",)


def test_a_module_that_was_there_hides_nothing_new(scope):
    assert of_the_tests(["json.py"], ["json.py"], scope) == ()


# -- the part of a shared file that is about tests

CRATE = "[package]\nname='a'\n"
MODULE = "module shop\ngo 1.22\nrequire x v1\n"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        *(
            ("package.json", "{}", f'{{"{key}": {{}}}}')
            for key in ("jest", "mocha", "ava", "vitest")
        ),
        ("package.json", '{"type": "module"}', '{"type": "commonjs"}'),
        ("package.json", "{}", '{"scripts": {"pretest": "x"}}'),
        *(
            ("pyproject.toml", "", f"[tool.{name}]\na=1")
            for name in ("pytest", "tox", "nox", "coverage", "hatch", "poe", "pdm")
        ),
        ("pyproject.toml", "", "[project.entry-points.pytest11]\na='b'"),
        ("pyproject.toml", "broken", "broken too"),
        *(
            ("tox.ini", "", f"[{name}]\na=1")
            for name in ("tool:pytest", "pytest", "tox", "testenv", "testenv:lint", "coverage:run")
        ),
        ("Cargo.toml", CRATE, f"{CRATE}[lib]\ntest=false"),
        ("Cargo.toml", CRATE, f"{CRATE}[lib]\nharness=false"),
        ("Cargo.toml", CRATE, f"{CRATE}[[test]]\nname='a'"),
        ("Cargo.toml", CRATE, f"{CRATE}[[bin]]\nname='a'"),
        ("Cargo.toml", "broken", "broken too"),
        ("go.mod", MODULE, f"{MODULE}replace x => ../x\n"),
        ("go.mod", MODULE, f"{MODULE}toolchain go1.23\n"),
    ],
)
def test_another_word_about_tests_is_another_digest(path, before, after):
    one, two = frozen({path: before.encode()}), frozen({path: after.encode()})

    assert one != two


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("package.json", '{"scripts": {"build": "a"}}', '{"scripts": {"build": "b"}}'),
        ("package.json", '{"jest": {"a": 1, "b": 2}}', '{"jest": {"b": 2, "a": 1}}'),
        ("tox.ini", "[gh-actions]\na=1", "[gh-actions]\na=2"),
        ("setup.cfg", "[pytest]\na=%x\n[pytest]\nb=1", "[pytest]\na=%x\nb=1\n[metadata]\nc=1"),
        ("Cargo.toml", CRATE, f"{CRATE}[lib]\nname='b'\n[dependencies]\nx='1'"),
        ("go.mod", MODULE, MODULE.replace("v1", "v2")),
        ("pyproject.toml", "# \N{BULLET}\n", "#\n"),
    ],
)
def test_a_word_about_something_else_is_not(path, before, after):
    assert frozen({path: before.encode()}) == frozen({path: after.encode()})


def test_a_shared_file_that_is_not_utf_8_is_still_read():
    assert frozen({"go.mod": MODULE.encode() + b"// \xff"}) == frozen({"go.mod": MODULE.encode()})
