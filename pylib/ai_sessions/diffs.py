"""Which lines of which files a patch shows, to place what is said about it."""

import re

_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


def shown_lines(patch: str) -> dict[str, list[range]]:
    """Line ranges of the new side by file; a deleted file has none."""
    found: dict[str, list[range]] = {}
    file = ""
    for line in patch.splitlines():
        if line.startswith("+++ "):
            name = line[4:].split("\t", 1)[0].strip('"')
            file = name.removeprefix("b/") if name != "/dev/null" else ""
            if file:
                found.setdefault(file, [])
        elif line.startswith("--- ") and line != "--- /dev/null":
            found.setdefault(line[4:].split("\t", 1)[0].strip('"').removeprefix("a/"), [])
        elif file and (hunk := _HUNK.match(line)):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found[file].append(range(first, first + max(count, 1)))
    return found


def is_shown(lines: dict[str, list[range]], file: str, line: int) -> bool:
    """True when the patch shows this place; line 0 means the file as a whole."""
    ranges = lines.get(file.removeprefix("./"))
    if ranges is None:
        return False
    return line <= 0 or not ranges or any(line in one for one in ranges)
