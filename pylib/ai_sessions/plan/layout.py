"""Where a new module and its tests belong: beside those that are there, else as the tool has it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ai_sessions.lazy_dataclasses import dataclass

#: Stands in a pattern for the name of the module.
NAME = "{}"
#: How files of tests are called; `name` is that of what they test.
_TESTS = tuple(
    re.compile(form)
    for form in (
        r"(?P<before>test_)(?P<name>.+?)(?P<after>\.(?:py|rb|js|ts))",
        r"(?P<before>)(?P<name>.+?)(?P<after>(?:_test|_spec|[.](?:test|spec))\.\w+)",
        r"(?P<before>)(?P<name>.+?)(?P<after>(?:Tests?|Spec)\.\w+)",
        r"(?P<before>)(?P<name>.+?)(?P<after>\.bats)",
    )
)
_TEST_FOLDERS = frozenset(("test", "tests", "spec", "specs", "__tests__"))
#: Folders whose files are not the product.
_ASIDE = frozenset(
    ("docs", "doc", "examples", "scripts", "tools", "ci", "contrib", "bench", "benchmarks")
)
#: Files that configure or start something, whatever else they are written in.
_NO_MODULE = re.compile(r"__\w+__\..*|setup\.py|noxfile\.py|conftest\.py|manage\.py|.*\.config\..*")


@dataclass(frozen=True, slots=True)
class _Habit:
    """What is usual with a test tool: endings of its language, a test, a source, joined words."""

    endings: tuple[str, ...]
    test: str
    source: str
    joint: str = "_"
    """Between the words of a module's name; `Camel`: each begins with a capital letter."""


_CAMEL = "Camel"
_PYTHON = _Habit((".py",), "tests/test_{}.py", "{}.py")
_RUBY = _Habit((".rb",), "test/{}_test.rb", "lib/{}.rb")
_JVM = _Habit((".java", ".kt"), "src/test/java/{}Test.java", "src/main/java/{}.java", joint=_CAMEL)
_PHP = _Habit((".php",), "tests/{}Test.php", "src/{}.php", joint=_CAMEL)
_NODE = _Habit(
    (".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".mts"), "test/{}.test.js", "src/{}.js", "-"
)
_HABITS = {
    "pytest": _PYTHON,
    # without a package in tests/, unittest finds those at the top alone
    **dict.fromkeys(("unittest", "django"), _Habit((".py",), "test_{}.py", "{}.py")),
    "bats": _Habit((".bats", ".sh", ".bash"), "test/{}.bats", "{}.sh", "-"),
    "go": _Habit((".go",), "{}_test.go", "{}.go"),
    "cargo": _Habit((".rs",), "tests/{}.rs", "src/{}.rs"),
    "rspec": _Habit((".rb",), "spec/{}_spec.rb", "lib/{}.rb"),
    **dict.fromkeys(("rails", "rake"), _RUBY),
    **dict.fromkeys(("phpunit", "pest"), _PHP),
    "mix": _Habit((".exs", ".ex"), "test/{}_test.exs", "lib/{}.ex"),
    **dict.fromkeys(("maven", "gradle"), _JVM),
    "dotnet": _Habit((".cs", ".fs"), "tests/{}Tests.cs", "src/{}.cs", joint=_CAMEL),
    "deno": _Habit((".ts", ".js"), "{}_test.ts", "{}.ts"),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """`source`, `test`: patterns with `{}` for a module's name, as seen from the repository.

    `sources`: a pattern of plan.yaml for all sources; `readme`: the page that people read first.
    """

    source: str
    test: str
    sources: str
    readme: str
    joint: str

    def source_of(self, words: str) -> str:
        return self.source.replace(NAME, self._named(words))

    def test_of(self, words: str) -> str:
        return self.test.replace(NAME, self._named(words))

    def _named(self, words: str) -> str:
        """`payment-gateway` as a module is called here: `payment_gateway`, `PaymentGateway`."""
        parts = [part for part in re.split(r"[._-]+", words) if part]
        if self.joint == _CAMEL:
            return "".join(part[:1].upper() + part[1:] for part in parts)
        return self.joint.join(parts)


def layout(files: Sequence[str], tool: str, place: str = "") -> Layout:
    """The layout of a project with these files. `tool`: its test tool, as detection calls it.

    `place`: the folder of the repository that the tests belong to; empty: the repository itself.
    """
    habit = _HABITS.get(tool, _NODE)
    start = f"{place}/" if place else ""
    inside = [name.removeprefix(start) for name in files if name.startswith(start)]
    test = _most(filter(None, (_test_pattern(name, habit) for name in inside))) or habit.test
    source = _source(inside, test, habit)
    folder, _, name = source.rpartition("/")
    ending = name.rpartition(".")[2]
    below = f"{folder}/**/*.{ending}" if folder else f"*.{ending}"
    readme = next((one for one in files if re.fullmatch(r"readme(\.\w+)?", one, re.I)), "README.md")
    return Layout(f"{start}{source}", f"{start}{test}", f"{start}{below}", readme, habit.joint)


def _test_pattern(path: str, habit: _Habit) -> str:
    """`tests/test_{}.py` for `tests/test_shop.py`; empty for a file that holds no tests."""
    folder, slash, name = path.rpartition("/")
    if not name.endswith(habit.endings):
        return ""
    found = next(filter(None, (form.fullmatch(name) for form in _TESTS)), None)
    return f"{folder}{slash}{found['before']}{NAME}{found['after']}" if found else ""


def _source(files: Iterable[str], test: str, habit: _Habit) -> str:
    """The pattern of sources: beside tests that stand among them, else where most sources are."""
    sources = [name for name in files if _is_source(name, habit)]
    ending = _most(f".{name.rpartition('.')[2]}" for name in sources)
    usual, _, last = habit.source.rpartition("/")
    name = last.rpartition(".")[0] + (ending or f".{last.rpartition('.')[2]}")
    folder = test.rpartition("/")[0]
    if folder.startswith("src/test/"):
        folder = folder.replace("src/test/", "src/main/", 1)
    elif _TEST_FOLDERS & set(folder.split("/")) or not folder:
        folder = _most(one.rpartition("/")[0] for one in sources) if sources else usual
    return f"{folder}/{name}" if folder else name


def _is_source(path: str, habit: _Habit) -> bool:
    *above, name = path.split("/")
    return (
        name.endswith(habit.endings)
        and not (_TEST_FOLDERS | _ASIDE) & set(above)
        and not _NO_MODULE.fullmatch(name)
        and not _test_pattern(path, habit)
    )


def _most(values: Iterable[str]) -> str:
    """The most frequent one, of several the shortest; empty when there is none."""
    counts = Counter(values)
    return min(counts, key=lambda one: (-counts[one], len(one), one), default="")
