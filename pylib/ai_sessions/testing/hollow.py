"""Sources with the names of the work and nothing that works, for tests to notice.

Tests that cannot even be started without the work fail for that alone. With such sources they
start, and those that ask nothing of the work pass.
"""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

_MESSAGE = "nothing of the work is here"
_PYTHON = f"""
class _Hollow:
    def _fails(self, *_args, **_named):
        raise NotImplementedError({_MESSAGE!r})
    __call__ = __getattr__ = __getitem__ = __iter__ = __len__ = __contains__ = __bool__ = _fails
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __mul__ = _fails
    __str__ = __format__ = __int__ = __float__ = __enter__ = __exit__ = __hash__ = _fails
"""
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
_FUNCTION = "const hollow = function () {{ throw new Error('{message}'); }};\n"
_COMMON = "module.exports = new Proxy(hollow, {{ get: (_all, name) => hollow }});\n"
_EXPORTED = re.compile(
    r"^\s*export\s+(?:async\s+)?(?:function\s*\*?|class|const|let|var)\s+([\w$]+)", re.MULTILINE
)
_LISTED = re.compile(r"^\s*export\s*\{([^}]*)\}(?!\s*from)", re.MULTILINE)
_DEFAULT = re.compile(r"^\s*export\s+default\b", re.MULTILINE)
_PASSED_ON = re.compile(r"^\s*export\b[^;\n]*\bfrom\b", re.MULTILINE)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SHELL = (".sh", ".bash")
#: Where functions begin, and what says something without one: such sources are left as they are.
_STARTS = {
    ".go": re.compile(r"^func\b(?! init\b)", re.MULTILINE),
    ".rs": re.compile(
        r"^[ \t]*(?:pub(?:\([^)]*\))? )?(?:(?:const|async|unsafe|extern \"C\") )*fn \w+",
        re.MULTILINE,
    ),
}
_VALUES = {
    ".go": re.compile(r"^(?:const|var)\b"),
    ".rs": re.compile(
        r"\s*(?:#\[derive"
        r"|(?:pub(?:\([^)]*\))? )?(?:const (?!fn\b|async\b|unsafe\b)|static\b|macro_rules!))"
    ),
}
_PANICS = {".go": "panic({message})", ".rs": "panic!({message})"}
_NO_BODY = ("interface", "struct")
_SHEBANG = re.compile(r"#!.*\b(?:ba|da|z|k)?sh\b")


def hollow(path: str, text: str, old: str | None) -> str:
    """The source without what is new in it; empty where no such version is known.

    `old`: what it was before the work, None where it was not there.
    """
    ending = PurePosixPath(path).suffix
    if ending == ".py":
        return _hollow_python(text, old or "")
    if ending in _STARTS:
        return _hollow_compiled(text, old or "", ending)
    if old is not None:
        return ""
    if ending in _SCRIPTS:
        return _hollow_script(text)
    if ending in _SHELL or _SHEBANG.match(text):
        return f"{text.partition(chr(10))[0] if text.startswith('#!') else ''}\nexit 97\n"
    return ""


# -- Python: what is new raises when it is called, or asked for anything


def _hollow_python(text: str, old: str) -> str:
    try:
        tree, before = ast.parse(text), ast.parse(old)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    known = {ast.dump(node) for node in _parts(before.body)}
    body = [_emptied(node, known) for node in tree.body]
    if [ast.dump(node) for node in body] == [ast.dump(node) for node in ast.parse(text).body]:
        return ""
    at = next((at for at, node in enumerate(body) if not _is_first(node)), len(body))
    tree.body = [*body[:at], *ast.parse(_PYTHON).body, *body[at:]]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _parts(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module, and of its classes."""
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _parts(node.body)


def _is_first(node: ast.stmt) -> bool:
    """True for what has to stay at the beginning: the docstring, and `from __future__`."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def _emptied(node: ast.stmt, known: Collection[str]) -> ast.stmt:
    """Without the content of a function or value that is new, or of a class without functions."""
    if ast.dump(node) in known:
        return node
    if isinstance(node, _FUNCTIONS):
        node.body = ast.parse(f"raise NotImplementedError({_MESSAGE!r})").body
    elif isinstance(node, ast.ClassDef):
        if not any(isinstance(one, _FUNCTIONS) for one in node.body):
            return ast.parse(f"{node.name} = _Hollow()").body[0]
        node.body = [_emptied(one, known) for one in node.body]
    elif isinstance(node, ast.Assign):
        named = [one.id for one in node.targets if isinstance(one, ast.Name)]
        if len(named) == len(node.targets) and "__all__" not in named:
            node.value = _nothing()
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        node.value = _nothing()
    return node


def _nothing() -> ast.expr:
    return ast.Call(ast.Name("_Hollow", ast.Load()), [], [])


# -- JavaScript: each export is a function that throws


def _hollow_script(text: str) -> str:
    function = _FUNCTION.format(message=_MESSAGE)
    if _PASSED_ON.search(text):
        return ""
    names = {*_EXPORTED.findall(text)}
    for listed in _LISTED.findall(text):
        names |= {one.split()[-1] for one in listed.split(",") if one.strip()}
    is_default = bool(_DEFAULT.search(text)) or "default" in names
    names.discard("default")
    if names or is_default:
        listed = ", ".join(f"hollow as {name}" for name in sorted(names))
        last = "export default hollow;\n" if is_default else ""
        return f"{function}export {{ {listed} }};\n{last}"
    is_common = "module.exports" in text or re.search(r"^\s*exports\.", text, re.MULTILINE)
    return function + _COMMON.format() if is_common else ""


# -- Go and Rust: new functions panic before they do anything; they compile as they did


def _hollow_compiled(text: str, old: str, ending: str) -> str:
    known = set(old.splitlines())
    if any(_VALUES[ending].match(line) and line not in known for line in text.splitlines()):
        return ""  # tests of values pass with functions that do nothing
    message = f'"{_MESSAGE}"'
    # a condition keeps compilers from telling of what is never reached
    first = f" if true {{ {_PANICS[ending].format(message=message)} }};"
    parts, at = [], 0
    for found in _STARTS[ending].finditer(text):
        body = _body_of(text, found.end())
        if body and text[found.start() : _end_of(text, found.start(), body)] not in old:
            parts += [text[at:body], first]
            at = body
    return "".join([*parts, text[at:]]) if parts else ""


def _body_of(text: str, at: int) -> int:
    """Where the body of a function begins, behind its brace; 0 where it has none."""
    depth = inner = 0
    for place in range(at, len(text)):
        sign = text[place]
        depth += (sign in "([") - (sign in ")]")
        if inner:
            inner += (sign == "{") - (sign == "}")
        elif depth == 0 and sign == "{":
            if not text[at:place].rstrip().endswith(_NO_BODY):
                return place + 1
            inner = 1
        elif depth == 0 and sign == ";":
            return 0
    return 0


def _end_of(text: str, start: int, body: int) -> int:
    """Behind the brace that stands under the beginning of a function, or behind its only line."""
    line = text.find("\n", body)
    if "}" in text[body : line if line >= 0 else len(text)]:
        return line if line >= 0 else len(text)
    indent = text[start:body][: len(text[start:body]) - len(text[start:body].lstrip(" \t"))]
    end = text.find(f"\n{indent}}}", body)
    return end + len(indent) + 2 if end >= 0 else len(text)
