"""Record `scripts/demo.sh` and draw what a terminal would show, as the README's picture.

    python docs/pictures/make_picture.py [OUTPUT.svg]

The run is real. Shown is its answer (stdout) below the line that says which agent it was; progress
is left out, and so is the middle of a long step, which is marked. The temporary folder and the
toolkit's own path are shortened, because they differ on every machine.
"""

import os
import re
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = Path(__file__).with_name("demo.svg")
COLUMNS = 100
STEP_LINES = 8
LINE_HEIGHT, CHARACTER_WIDTH, MARGIN, TITLE_HEIGHT = 18, 7.8, 16, 34
COLOURS = {
    "command": "#e6edf3",
    "good": "#56d364",
    "bad": "#ff7b72",
    "plain": "#9da7b3",
    "cut": "#57606a",
}


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    lines = shortened(recorded())
    target.write_text(drawn(lines), encoding="utf-8")


def recorded() -> str:
    """What the demo answers, below the first line of what it says beside that."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [ROOT / "scripts/demo.sh"],
            env={**os.environ, "TMPDIR": folder, "NO_COLOR": "1"} | {"AGENT": "demo"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        who = done.stderr.splitlines()[0]
        return neutral(f"$ ./scripts/demo.sh\n{who}\n{done.stdout}", folder)


def neutral(text: str, folder: str) -> str:
    """Without the paths of this machine."""
    text = re.sub(re.escape(folder) + r"/ai-sessions-demo\.\w+", "~/demo", text)
    return text.replace(str(ROOT), "~/ai-sessions")


def shortened(text: str) -> list[str]:
    """Steps of at most `STEP_LINES` lines of output; what is left out becomes one line."""
    shown: list[str] = []
    for step in re.split(r"\n(?=\$ )", text.rstrip()):
        lines = [fitted(line) for line in step.splitlines()]
        if lines[0].startswith("$ ") and len(lines) > STEP_LINES + 1:
            dropped = len(lines) - STEP_LINES
            lines = [*lines[: STEP_LINES - 1], f"  … {dropped} more lines", lines[-1]]
        shown += ["", *lines] if shown else lines
    return shown


def fitted(line: str) -> str:
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def drawn(lines: list[str]) -> str:
    width = round(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN)
    height = TITLE_HEIGHT + len(lines) * LINE_HEIGHT + 2 * MARGIN
    texts = [row(number, line) for number, line in enumerate(lines) if line.strip()]
    dots = [
        f'<circle cx="{MARGIN + 6 + 20 * i}" cy="18" r="6" fill="{colour}"/>'
        for i, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" '
            'aria-label="A recorded run of ./scripts/demo.sh in a terminal">',
            f'<rect width="{width}" height="{height}" rx="10" fill="#0d1117"/>',
            *dots,
            '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" '
            'font-size="13" xml:space="preserve">',
            *texts,
            "</g>",
            "</svg>",
            "",
        ]
    )


def row(number: int, line: str) -> str:
    y = TITLE_HEIGHT + MARGIN + (number + 1) * LINE_HEIGHT - 5
    colour = COLOURS[kind(line)]
    weight = ' font-weight="bold"' if line.startswith("$ ") else ""
    return f'<text x="{MARGIN}" y="{y}" fill="{colour}"{weight}>{escape(line)}</text>'


def kind(line: str) -> str:
    if line.startswith("$ "):
        return "command"
    if re.match(r"\s*…", line):
        return "cut"
    if re.search(r"\b(error|NO-GO)\b|^\s+T\S+ red ", line):
        return "bad"
    if re.search(r"\b(GO|green|done|passed)\b", line):
        return "good"
    return "plain"


if __name__ == "__main__":
    main()
