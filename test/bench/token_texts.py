"""Texts of many kinds, the same in each run and without a network: what `tokens` counts.

What is no fixture is of this repository and of Python's own library, or made here.
"""

import base64
import json
import random
import re
import string
import sysconfig
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
FIXTURES = Path(__file__).parent / "texts"
#: Files of a kind that is found in abundance.
MOST = 40
#: Each with all that belongs to it: skin, flags, families.
EMOJI = (
    *(
        "😀",
        "😂",
        "🤣",
        "😊",
        "😍",
        "🙏",
        "👍",
        "👍🏽",
        "🔥",
        "🎉",
        "💯",
        "🚀",
        "✅",
        "❌",
        "⚠️",
        "💡",
    ),
    *(
        "📦",
        "🐛",
        "🔧",
        "❤️",
        "🎯",
        "👀",
        "🤖",
        "🇩🇪",
        "🇯🇵",
        "👩\u200d💻",
        "👨\u200d👩\u200d👧",
        "⭐",
        "✨",
    ),
)


def texts() -> dict[str, list[str]]:
    """Kind -> whole files."""
    chance = random.Random(16)  # noqa: S311 (no secret)
    pages = _read(ROOT.glob("docs/*.md"))
    known = [json.loads(text) for text in _read(_json_files())]
    words = sorted(set(re.findall(r"[a-z]{3,9}", "".join(pages))))
    return {
        "English prose": [*map(_prose, pages), *_library_prose()],
        "Python": _some(chance, [*LIBRARY.glob("*.py"), *ROOT.glob("pylib/**/*.py")]),
        "JavaScript": _read([*ROOT.glob("pylib/**/*.mjs"), *FIXTURES.glob("*.js")]),
        "shell": _read([*ROOT.glob("scripts/**/*.sh"), *ROOT.glob("test/bats/*.bats")]),
        "JSON, minified": [json.dumps(one, separators=(",", ":")) for one in known],
        "JSON, pretty": [json.dumps(one, indent=2) for one in known],
        "logs of agents": _read(ROOT.glob("test/fixtures/*.jsonl")),
        "logs of a server": [_server_log(chance, words) for _ in range(4)],
        "Markdown tables": [*map(_rows, pages), *(_table(chance, words) for _ in range(4))],
        "CSV": [_csv(chance, words) for _ in range(4)],
        "Chinese": _read(FIXTURES.glob("chinese.txt")),
        "Japanese": _read(FIXTURES.glob("japanese.txt")),
        "Korean": _read(FIXTURES.glob("korean.txt")),
        "Russian": _read(FIXTURES.glob("russian.txt")),
        "German": _read(FIXTURES.glob("german.txt")),
        "Polish": _read(FIXTURES.glob("polish.txt")),
        "uuid": [_lines(100, lambda: str(_uuid(chance))) for _ in range(4)],
        "hashes in hex": [_lines(60, lambda: chance.randbytes(32).hex()) for _ in range(4)],
        "base64": [base64.encodebytes(chance.randbytes(4000)).decode() for _ in range(4)],
        "chat with emoji": [_lines(90, lambda: _chat(chance, words)) for _ in range(4)],
    }


def chunks(text: str, size: int = 2048) -> list[str]:
    """Pieces of so many bytes; a rest of less than half of that is left out."""
    raw = text.encode()
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    return [one.decode(errors="ignore") for one in pieces if len(one) >= size // 2]


def _read(paths: Iterable[Path]) -> list[str]:
    return [path.read_text(encoding="utf-8", errors="replace") for path in sorted(paths)]


def _some(chance: random.Random, paths: Iterable[Path]) -> list[str]:
    return _read(chance.sample(sorted(paths), MOST))


def _json_files() -> list[Path]:
    found = [*ROOT.glob("pylib/ai_sessions/catalog/*.json"), *ROOT.glob("test/fixtures/*.json")]
    return [path for path in found if path.stat().st_size < 100_000]


def _prose(page: str) -> str:
    """A page without its blocks and tables."""
    return re.sub(r"(?m)^(?:\||#).*\n", "", re.sub(r"(?ms)^```.*?^```\n", "", page))


def _rows(page: str) -> str:
    return "".join(re.findall(r"(?m)^\|.*\n", page))


def _library_prose() -> list[str]:
    """What Python says of itself in `help()`, whose lines begin with blanks."""
    from pydoc_data.topics import topics

    found = sorted((text for text in topics.values() if len(text) > 4000), key=len)
    return [re.sub(r"(?m)^ +", "", text) for text in found[-MOST:]]


def _lines(count: int, line: Callable[[], str]) -> str:
    return "".join(f"{line()}\n" for _ in range(count))


def _words(chance: random.Random, words: list[str], least: int, most: int) -> str:
    return " ".join(chance.choices(words, k=chance.randint(least, most)))


def _uuid(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)


def _server_log(chance: random.Random, words: list[str]) -> str:
    def line() -> str:
        day, hour, minute = chance.randint(1, 28), chance.randrange(24), chance.randrange(60)
        path = "/".join(chance.choices(words, k=2))
        return (
            f"2026-11-{day:02}T{hour:02}:{minute:02}:07.{chance.randrange(1000):03}Z"
            f" {chance.choice(['INFO', 'WARN', 'ERROR'])} worker-{chance.randrange(16)}"
            f" [{_uuid(chance).hex[:16]}] GET /{path}?page={chance.randrange(90)}"
            f" {chance.choice([200, 204, 404, 500])} {chance.randrange(9000)} bytes in"
            f" {chance.random() * 90:.2f} ms: {_words(chance, words, 3, 9)}"
        )

    return _lines(60, line)


def _table(chance: random.Random, words: list[str]) -> str:
    """With cells that are padded, as formatters leave them."""

    def row() -> str:
        number = f"{chance.random() * 1000:.1f} %"
        cells = [_words(chance, words, 1, 3), f"`{chance.choice(words)}`", number]
        return f"| {cells[0]:<26} | {cells[1]:<14} | {cells[2]:>9} |"

    rule = f"| {'-' * 26} | {'-' * 14} | {'-' * 8}: |"
    return f"| {'name':<26} | {'setting':<14} | {'share':>9} |\n{rule}\n{_lines(60, row)}"


def _csv(chance: random.Random, words: list[str]) -> str:
    def row() -> str:
        name, amount = chance.choice(words), f"{chance.random() * 10_000:.2f}"
        key = "".join(chance.choices(string.ascii_uppercase, k=3))
        return (
            f"{chance.randrange(10**6)},{name},{key},{amount},2026-0{chance.randint(1, 9)}-17,,true"
        )

    return _lines(120, row)


def _chat(chance: random.Random, words: list[str]) -> str:
    signs = "".join(chance.choices(EMOJI, k=chance.randint(1, 4)))
    return f"{chance.choice(['ann', 'bob'])}: {_words(chance, words, 2, 9)} {signs}"
