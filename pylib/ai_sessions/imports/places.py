"""Where agents keep their logs: the folders that variables name, and the files below them."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ai_sessions.imports.contract import home


def named(environment: Mapping[str, str], variable: str) -> list[Path]:
    """The folders that a variable names, with commas between them; none when it is not set.

    A folder whose own name has a comma in it is one folder.
    """
    text = environment.get(variable, "").strip()
    whole = _expanded(text, environment)
    parts = [text] if "," not in text or whole.exists() else text.split(",")
    return [_expanded(part.strip(), environment) for part in parts if part.strip()]


def _expanded(text: str, environment: Mapping[str, str]) -> Path:
    if text == "~" or text.startswith("~/"):
        return home(environment) / text[2:]
    return Path(text)


def below(folders: Iterable[Path], is_log: Callable[[str], bool]) -> Iterator[Path]:
    """The files below folders whose names are those of logs, folder after folder.

    Links to folders are followed, each folder once. What cannot be listed has none.
    """
    seen: set[tuple[int, int]] = set()
    for folder in folders:
        yield from map(Path, sorted(_walked(os.fspath(folder), is_log, seen)))


def _walked(
    folder: str, is_log: Callable[[str], bool], seen: set[tuple[int, int]]
) -> Iterator[str]:
    try:
        there = os.stat(folder)
        if (there.st_dev, there.st_ino) in seen:
            return
        seen.add((there.st_dev, there.st_ino))
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            yield from _walked(entry.path, is_log, seen)
        elif is_log(entry.name):
            yield entry.path
