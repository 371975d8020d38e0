"""How a plan names tests, `file::Class::test`, in the form that each tool takes."""

import re
from collections.abc import Sequence

#: Characters with a meaning in an extended regular expression.
_SPECIAL = re.compile(r"([.\\+*?\[^\]$(){}|])")


def split(selector: str) -> tuple[str, tuple[str, ...]]:
    """The file and the names inside it; no names: the whole file."""
    file, *names = selector.split("::")
    return file, tuple(names)


def is_file(argument: str, *endings: str) -> bool:
    """True for an argument that names a file with one of these endings, or tests inside it."""
    return not argument.startswith("-") and split(argument)[0].endswith(endings)


def exactly(names: Sequence[str]) -> str:
    """An extended regular expression that means these names and no others."""
    return "^(" + "|".join(_SPECIAL.sub(r"\\\1", name) for name in names) + ")$"
