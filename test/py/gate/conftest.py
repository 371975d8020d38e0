"""Runs in short, as the gate's tests write them."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_sessions.gate import Scope
from ai_sessions.testing.contract import Case, Run

FILE = "tests/test_charge.py"


def make_run(
    exit_code: int | None = None,
    output: str = "",
    opaque: bool = False,
    counted: bool = True,
    coverage: str = "",
    **cases: Any,
) -> Run:
    made = []
    for outcome, names in cases.items():
        for name in names:
            id_, message = name if isinstance(name, tuple) else (name, "")
            whole = id_ if "/" in id_ or "::" in id_ else f"{FILE}::{id_}"
            made.append(Case(whole, outcome, message))
    code = exit_code if exit_code is not None else int("failed" in cases or "error" in cases)
    about = {"opaque": opaque, "counted": counted, "coverage": coverage}
    return Run(("pytest",), code, tuple(made), 10, output, **about)


@pytest.fixture
def a_run() -> Callable[..., Run]:
    """`a_run(failed=["a"], passed=["b"])`: ids are completed to `tests/test_charge.py::a`.

    A pair `("id", "message")` gives a case its message; an id with `/` or `::` stays as it is.
    """
    return make_run


@pytest.fixture
def scope() -> Scope:
    return Scope("T1.2", tests=(FILE,), sources=("src/charge.py",))
