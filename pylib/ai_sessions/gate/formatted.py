"""Whether a test file was only formatted, or has other tests in it than before."""

import ast
import re

#: Where a test begins, in the languages of the runners that we know.
_BEGINS = re.compile(
    rb"\b(?:async\s+)?def\s+(test\w*)|\bfunc\s+(Test\w*)|\bfn\s+(\w+)|^\s*@test\b(.*)"
    rb"|\b(?:it|test|specify|describe|suite)(?:\.\w+)*\s*\(\s*[\"'`]([^\"'`\n]*)",
    re.MULTILINE,
)


#: Where white space means nothing between tokens; comments to the end of a line are tokens.
_FREE_FORM = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".go", ".rs", ".java")
_TOKEN = re.compile(
    rb'"(?:\\.|[^"\\])*+"|\'(?:\\.|[^\'\\])*+\'|`(?:\\.|[^`\\])*+`'
    rb"|//[^\n]*+|/\*(?:.*?\*/|.*\Z)|[\w$]++|\S",
    re.DOTALL,
)
_PLAIN_TEXT = re.compile(rb"'[^'\"\\\n]*+'")


def is_same_program(name: str, before: bytes, after: bytes) -> bool:
    """True when a file says the same in another form: white space, quotes, the last comma. Of a
    language that is not known here only the same bytes do.
    """
    if before == after:
        return True
    if name.endswith(".py"):
        return _tree(before) == _tree(after) is not None
    return name.endswith(_FREE_FORM) and _tokens(before) == _tokens(after)


def _tree(content: bytes) -> str | None:
    try:
        return ast.dump(ast.parse(content))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _tokens(content: bytes) -> list[bytes]:
    found = [_plain(token) for token in _TOKEN.findall(content)]
    following = [*found[1:], b""]
    return [
        token
        for token, then in zip(found, following, strict=True)
        if not (token == b"," and then in (b")", b"]", b"}"))
    ]


def _plain(token: bytes) -> bytes:
    if _PLAIN_TEXT.fullmatch(token):
        return b'"' + token[1:-1] + b'"'
    return token.rstrip() if token.startswith(b"//") else token


def has_same_tests(before: bytes, after: bytes) -> bool:
    """True when both name the same tests in the same order. A file that cannot start yet is one
    failure, however many tests it has, so its run does not tell.
    """
    return _names(before) == _names(after)


def _names(content: bytes) -> list[bytes]:
    return [b"".join(found).strip(b" {\r\n") for found in _BEGINS.findall(content)]
