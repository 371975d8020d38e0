"""The Python of a page, block by block, as `python -m asyncio` runs it: with `await` at the top."""

import ast
import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def blocks(page: Path) -> Iterator[tuple[int, str]]:
    """The line of each block's first line, from 1, and its text."""
    start, lines = 0, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if start and line == "```":
            yield start, "".join(f"{each}\n" for each in lines)
            start, lines = 0, []
        elif start:
            lines.append(line)
        elif line == "```python":
            start = number + 1
    assert not start, f"{page.name}: a block is not closed"


async def run(page: Path, names: dict[str, Any]) -> dict[int, str]:
    """Run all blocks of a page as one program over `names`; what each printed, by its line."""
    printed = {}
    for line, text in blocks(page):
        printed[line] = await run_block(f"{page.name}", line, text, names)
    return printed


async def run_block(page: str, line: int, text: str, names: dict[str, Any]) -> str:
    """An error names the line of the page."""
    shifted = "\n" * (line - 1) + text
    code = compile(shifted, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        waiting = eval(code, names)  # noqa: S307 (our own page)
        if waiting is not None:
            await waiting
    return out.getvalue()
