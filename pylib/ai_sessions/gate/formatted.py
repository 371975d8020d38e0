"""Whether a test file was only formatted, or has other tests in it than before."""

import re

#: Where a test begins, in the languages of the runners that we know.
_BEGINS = re.compile(
    rb"\b(?:async\s+)?def\s+(test\w*)|\bfunc\s+(Test\w*)|\bfn\s+(\w+)|^\s*@test\b(.*)"
    rb"|\b(?:it|test|specify|describe|suite)(?:\.\w+)*\s*\(\s*[\"'`]([^\"'`\n]*)",
    re.MULTILINE,
)


def has_same_tests(before: bytes, after: bytes) -> bool:
    """True when both name the same tests in the same order. A file that cannot start yet is one
    failure, however many tests it has, so its run does not tell.
    """
    return _names(before) == _names(after)


def _names(content: bytes) -> list[bytes]:
    return [b"".join(found).strip(b" {\r\n") for found in _BEGINS.findall(content)]
