"""Only the store opens the files of sessions: everyone else goes by its contract."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "pylib" / "ai_sessions"
#: Who puts the parts together, and who answers before there are parts.
PUT_TOGETHER = {"assemble/kit.py", "assemble/stores.py", "cli/start.py", "cli/listing.py"}
#: The ledger on disk is made from what the sessions and the trash beside it had spent.
LEDGER = {"ledger/opening.py", "ledger/takeover.py"}
OTHERS = sorted(
    name
    for path in PACKAGE.rglob("*.py")
    if not (name := path.relative_to(PACKAGE).as_posix()).startswith("store/")
)


@pytest.mark.parametrize("name", sorted({*OTHERS} - PUT_TOGETHER - LEDGER))
def test_nobody_else_knows_the_store_on_disk(name: str) -> None:
    tree = ast.parse((PACKAGE / name).read_text())
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert [node.module for node in froms if "store.files" in (node.module or "")] == []
    assert not any(
        "files" in [one.name for one in node.names] and node.module == "ai_sessions.store"
        for node in froms
    )


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_asks_which_store_it_is(name: str) -> None:
    tree = ast.parse((PACKAGE / name).read_text())
    asked = [
        ast.unparse(node.args[1])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
    ]

    assert [kind for kind in asked if kind.endswith("Store")] == []
