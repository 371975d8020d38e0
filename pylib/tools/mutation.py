"""The small faults that can be put into a module, one at a time, for its tests to notice.

Found in the syntax tree and written into the text, so that all else stays as it stands. Left out is
what no test should depend on: docstrings, annotations, decorators and messages to people, which are
f-strings, strings with a space and all that is raised.
"""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is},
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt},
}
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult},
    **{ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr},
}
#: What a function returns instead, by the beginning of its annotation; None for any other.
_EMPTY = {
    **{"str": '""', "int": "0", "bytes": 'b""'},
    **{"tuple": "()", "list": "[]", "dict": "{}", "set": "set()", "frozenset": "frozenset()"},
}
#: An argument or an item that is none.
_NOTHING = "*()"
#: Fields of a syntax tree that are for readers and type checkers.
_UNREAD = ("annotation", "returns", "decorator_list", "bases", "keywords", "type", "type_params")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module's text. `start`, `end`: bytes of it; `line` counts from 1."""

    line: int
    start: int
    end: int
    before: str
    after: str

    def applied(self, source: str) -> str:
        text = source.encode()
        return (text[: self.start] + self.after.encode() + text[self.end :]).decode()

    def __str__(self) -> str:
        after = "left out" if self.after in (_NOTHING, "pass") else _one_line(self.after)
        return f"{_one_line(self.before)} -> {after}"


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its text, each a module that compiles."""
    tree = ast.parse(source)
    text = source.encode()
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
    known = {one.name: one for one in ast.walk(tree) if isinstance(one, Function)}
    found: dict[Mutant, None] = {}
    for node, after in _changes(tree, None, known):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        mutant = Mutant(node.lineno, start, end, text[start:end].decode(), after)
        if mutant.before != after and _compiles(mutant.applied(source)):
            found[mutant] = None
    return sorted(found, key=lambda one: (one.start, one.end, one.after))


def _compiles(source: str) -> bool:
    try:
        compile(source, "", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _changes(
    node: ast.AST, within: Function | None, known: dict[str, Function]
) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """What can be put in place of which node. `within`: the function; `known`: all by name."""
    if _is_for_people(node):
        return
    yield from _of_statement(node, within)
    yield from _of_expression(node)
    if isinstance(node, ast.Call):
        yield from _swapped(node, within, known)
    if isinstance(node, ast.Raise):
        return
    inner = node if isinstance(node, Function) else within
    for name, value in ast.iter_fields(node):
        if name in _UNREAD and not (name == "keywords" and isinstance(node, ast.Call)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _changes(child, inner, known)


def _is_for_people(node: ast.AST) -> bool:
    """True for what only readers and type checkers see, a message, or the names of exports."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        is_type = isinstance(node.value, ast.Subscript) and ast.unparse(node.value).startswith(
            ("Literal[", "dict[", "tuple[", "Callable[")
        )
        return is_type or ast.unparse(node.targets[0]) == "__all__"
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom)


def _of_statement(
    node: ast.AST, within: Function | None
) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    if isinstance(node, ast.stmt) and _can_go(node):
        yield node, "pass"
    if isinstance(node, ast.If | ast.While | ast.IfExp) and _is_negated_here(node.test):
        yield node.test, f"(not ({ast.unparse(node.test)}))"
    if isinstance(node, ast.comprehension):
        for test in filter(_is_negated_here, node.ifs):
            yield test, f"(not ({ast.unparse(test)}))"
    if isinstance(node, ast.Return) and node.value and within:
        yield from _returned(node.value, within)


def _can_go(node: ast.stmt) -> bool:
    """True for a statement that the ones after it do not need to be valid."""
    if isinstance(node, ast.Assign):
        written = node.targets[0]
        read = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
        return not isinstance(written, ast.Name | ast.Tuple) or (
            isinstance(written, ast.Name) and written.id in read
        )
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Raise | ast.Continue | ast.Break | ast.AugAssign | ast.Delete)


def _is_negated_here(test: ast.expr) -> bool:
    """True unless a changed operator says the same."""
    if isinstance(test, ast.UnaryOp):
        return not isinstance(test.op, ast.Not)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return isinstance(test.ops[0], _ORDERED)
    return not isinstance(test, ast.Constant)


def _returned(value: ast.expr, within: Function) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(value, ast.Constant) or within.returns is None:
        return
    annotation = ast.unparse(within.returns)
    if annotation == "bool":
        if _is_negated_here(value):
            yield value, f"(not ({ast.unparse(value)}))"
        return
    first = annotation.partition("[")[0]
    yield value, "None" if "|" in annotation else _EMPTY.get(first, "None")


def _of_expression(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            ops = [*node.ops[:at], _COMPARED[type(operator)](), *node.ops[at + 1 :]]
            yield node, f"({ast.unparse(ast.Compare(node.left, ops, node.comparators))})"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, f"({ast.unparse(ast.BoolOp(other, node.values))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in _CALCULATED and not _is_of_text(node):
        operator = _CALCULATED[type(node.op)]()
        yield node, f"({ast.unparse(ast.BinOp(node.left, operator, node.right))})"
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)


def _is_of_text(node: ast.BinOp) -> bool:
    """True where another operator would be an error of types, which any test notices."""
    sides = (node.left, node.right)
    texts = (ast.JoinedStr, ast.Tuple, ast.List)
    return any(
        isinstance(side, texts) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in sides
    )


def _of_constant(node: ast.Constant) -> Iterator[tuple[ast.expr, str]]:
    value = node.value
    if isinstance(value, bool):
        yield node, str(not value)
    elif isinstance(value, int | float):
        yield node, repr(value + 1)
    elif isinstance(value, str) and not any(letter.isspace() for letter in value.strip("\n")):
        yield node, _other_text(value)
    elif isinstance(value, bytes):
        yield node, 'b""' if value else 'b"~"'


def _other_text(text: str) -> str:
    """An option is left out, a setting turned round, any other text empty."""
    if text.startswith("-") and len(text) > 1:
        return _NOTHING
    name, equals, value = text.partition("=")
    if equals and value in ("true", "false"):
        return repr(f"{name}={'false' if value == 'true' else 'true'}")
    return '""' if text else '"~"'


def _swapped(
    call: ast.Call, within: Function | None, known: dict[str, Function]
) -> Iterator[tuple[ast.expr, str]]:
    """Two neighbours among the arguments exchanged, where their annotations are the same."""
    kinds = _kinds_of_arguments(call, within, known)
    for at, (one, other) in enumerate(itertools.pairwise(kinds)):
        if one and one == other:
            args = [*call.args]
            args[at], args[at + 1] = args[at + 1], args[at]
            yield call, ast.unparse(ast.Call(call.func, args, call.keywords))


def _kinds_of_arguments(
    call: ast.Call, within: Function | None, known: dict[str, Function]
) -> list[str]:
    """The annotation of each positional argument, as far as this module says it; else empty."""
    if any(isinstance(one, ast.Starred) for one in call.args):
        return []
    if isinstance(call.func, ast.Name) and call.func.id in known:
        wanted = known[call.func.id].args.args[: len(call.args)]
        return [ast.unparse(one.annotation) if one.annotation else "" for one in wanted]
    given = {
        one.arg: ast.unparse(one.annotation)
        for one in (within.args.args if within else [])
        if one.annotation
    }
    return [given.get(one.id, "") if isinstance(one, ast.Name) else "" for one in call.args]


def _one_line(text: str, columns: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= columns else f"{line[: columns - 3]}..."
