"""The scripts of a package.json, taken apart into the commands that they run."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from ai_sessions.lazy_dataclasses import dataclass

_MOST_CHARACTERS = 10_000
_MOST_DEEP = 5
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_MANAGERS = ("npm", "pnpm", "yarn", "bun")
#: Programs that run the scripts which they are given by name.
_RUN_ALL = ("run-s", "run-p", "npm-run-all", "npm-run-all2")
#: What in a command of a package manager means other packages than this one.
_ELSEWHERE = frozenset(
    (
        *("-r", "--recursive", "--workspaces", "-ws", "-w", "--workspace", "--filter", "-F"),
        *("workspace", "workspaces", "--prefix", "--dir", "-C", "--cwd"),
    )
)
#: What in a command makes files that the next one reads; `tsc` only where it writes any.
_BUILDERS = frozenset(
    (
        *("tsc", "rollup", "webpack", "esbuild", "tsup", "tsdown", "babel", "swc", "unbuild"),
        *("microbundle", "parcel", "ncc", "bunchee", "tshy", "preconstruct", "build"),
    )
)


@dataclass(frozen=True, slots=True)
class Simple:
    """One command of a script. `environment`: what it is given before the program, `NAME=value`."""

    environment: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def is_elsewhere(self) -> bool:
        """True for a package manager that runs something in other packages."""
        return self.words[0] in _MANAGERS and bool(_ELSEWHERE & set(self.words))

    @property
    def builds(self) -> bool:
        """True for a command that makes files which tests may read."""
        return bool(_BUILDERS & set(self.words)) and "--noEmit" not in self.words


def commands(scripts: Mapping[str, object], name: str) -> tuple[Simple, ...]:
    """What the script `name` runs, with the `pre` script before it, in order; others of the package
    that it calls are followed.
    """
    return tuple(_of_script(scripts, name, ()))


def _of_script(
    scripts: Mapping[str, object], name: str, above: tuple[str, ...]
) -> Iterator[Simple]:
    if name in above or len(above) >= _MOST_DEEP:
        return
    for one in (f"pre{name}", name):
        text = scripts.get(one)
        if isinstance(text, str):
            for simple in _split(text):
                yield from _followed(simple, scripts, (*above, name))


def _followed(
    simple: Simple, scripts: Mapping[str, object], above: tuple[str, ...]
) -> Iterator[Simple]:
    called = [name for name in _called(simple.words) if name in scripts]
    if not called:
        yield simple
    for name in called:
        yield from _of_script(scripts, name, above)


def _called(words: Sequence[str]) -> Sequence[str]:
    """The names of the scripts that a command runs, as far as that can be told."""
    if not words:
        return ()
    plain = [word for word in words[1:] if not word.startswith("-")]
    if words[0] in _RUN_ALL:
        return plain
    if words[0] not in _MANAGERS or not plain or _ELSEWHERE & set(words):
        return ()
    if words[0] == "bun" and plain[0] != "run":
        return ()  # `bun test` is its own test tool
    return plain[1:2] if plain[0] in ("run", "run-script") else plain[:1]


def _split(text: str) -> Iterator[Simple]:
    """The commands of a line of shell; nothing for one that is too long or not closed."""
    if len(text) > _MOST_CHARACTERS:
        return
    reader = shlex.shlex(text, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    reader.commenters = ""
    words: list[str] = []
    try:
        for word in reader:
            if set(word) <= set("&|;()"):
                yield from _simple(words)
                words = []
            else:
                words.append(word)
    except ValueError:
        return
    yield from _simple(words)


def _simple(words: list[str]) -> Iterator[Simple]:
    """`cross-env A=1 mocha` is `A=1 mocha`."""
    environment: list[str] = []
    while words and (_ASSIGNED.fullmatch(words[0]) or words[0] in ("cross-env", "env")):
        word = words.pop(0)
        environment += [word] if "=" in word else []
    if words:
        yield Simple(tuple(environment), tuple(words))
