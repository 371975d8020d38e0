"""What a patch shows: which lines of which files, and as many files as somebody can read."""

import os
import re

_FILE = "diff --git "
_BINARY = re.compile(r"^Binary files .* differ$", re.MULTILINE)
_HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
#: How git writes what it does not put between quotes as it is.
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13}


def files(patch: str) -> list[str]:
    """The parts of a patch, one for each file."""
    starts = [0, *(found.start() + 1 for found in re.finditer(f"\n{_FILE}", patch))]
    return [patch[one:two] for one, two in zip(starts, [*starts[1:], None], strict=True)]


def fitting(patch: str, characters: int) -> tuple[str, tuple[str, ...]]:
    """As many whole files of a patch as fit, and the names of those whose change is not in there:
    for want of room, in part, or because they are no text.
    """
    left, shown, missing = characters, [], []
    for part in files(patch):
        if len(part) <= left:
            shown.append(part)
            left -= len(part)
            missing += (
                [f"{_of(part)} (no text)"] if _BINARY.search(part.partition("\n@@")[0]) else []
            )
        elif len(part) > characters and not shown:
            cut = part[: part.rfind("\n", 0, left) + 1]
            shown.append(cut)
            left -= len(cut)
            missing.append(f"{_of(part)} (in part)")
        else:
            missing.append(_of(part))
    return "".join(shown), tuple(missing)


def _of(part: str) -> str:
    """The name of the file that a part of a patch is about."""
    head = part.partition("\n@@")[0].splitlines()
    named = [_name(line) for line in reversed(head) if line.startswith(("--- ", "+++ "))]
    return next(filter(None, named), head[0].rpartition(" b/")[2] if head else "")


def shown_lines(patch: str) -> dict[str, list[range]]:
    """Line ranges of the new side by file; a deleted file has none."""
    found: dict[str, list[range]] = {}
    file = ""
    old = new = 0  # lines of the hunk still to come: `--- x` may be a line that was removed
    for line in patch.split("\n"):
        if old + new > 0 and line[:1] in (" ", "-", "+", "\\"):
            old -= line[0] in " -"
            new -= line[0] in " +"
        elif line.startswith("diff --git "):
            old = new = 0  # the patch was cut
        elif line.startswith(("--- ", "+++ ")):
            file = _name(line)
            if file:
                found.setdefault(file, [])
        elif file and (hunk := _HUNK.match(line)):
            old, new = int(hunk[1] or 1), int(hunk[3] or 1)
            found[file].append(range(int(hunk[2]), int(hunk[2]) + max(new, 1)))
    return found


def _name(line: str) -> str:
    """The file that a line such as `+++ b/name` is about; empty where there is none."""
    name = line[4:].split("\t", 1)[0]
    if name.startswith('"'):
        name = os.fsdecode(_ESCAPED.sub(_byte, os.fsencode(name.strip('"'))))
    return "" if name == "/dev/null" else name[len("a/") :]


def _byte(found: "re.Match[bytes]") -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if len(code) == 3 else bytes([_LETTERS.get(code, ord(code))])


def is_shown(lines: dict[str, list[range]], file: str, line: int) -> bool:
    """True when the patch shows this place; line 0 means the file as a whole."""
    ranges = lines.get(file.removeprefix("./"))
    if ranges is None:
        return False
    return line <= 0 or not ranges or any(line in one for one in ranges)
