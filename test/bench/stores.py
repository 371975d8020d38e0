"""Folders of sessions in the form of the store, written without its locks and syncs."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "pylib"))

from ai_sessions.records import About, Cost, Interaction, Message, Usage  # noqa: E402
from ai_sessions.store import totals  # noqa: E402
from ai_sessions.store.entries import first_entry, numbered, plain_of  # noqa: E402
from ai_sessions.store.files import lines  # noqa: E402

WORDS = [
    "charge",
    "refund",
    "ledger",
    "retry",
    "token",
    "webhook",
    "invoice",
    "customer",
    "amount",
    "currency",
]


def call(number: int, size: int) -> Interaction:
    text = " ".join(WORDS[(number * 7 + place) % len(WORDS)] for place in range(size))
    said = (Message("user", text), Message("assistant", text))
    return Interaction(
        f"id-{number}", "2026-11-01T10:00:00.000Z", "claude", "claude-sonnet-4-5", said,
        Usage(12_000, 800, 9_000), Cost(12_345_678, "client"), task="T1.1",
    )  # fmt: skip


def fill(root: Path, count: int, calls: int, size: int) -> None:
    """So many sessions of so many calls, each of twice so many words."""
    for number in range(count):
        name, feature = f"implement-feature-{number}", f"feature-{number // 3}"
        folder = root / name
        folder.mkdir(parents=True)
        first = first_entry(About("implement", feature, "/home/me/shop"), "")
        checkpoint = totals.empty(name)
        place = checkpoint["journal"]
        with (folder / "journal.jsonl").open("wb") as journal:
            for seq in range(calls + 1):
                entry = plain_of(call(number + seq - 1, size), "") if seq else first
                line = lines.encode(numbered(entry, seq))
                totals.add(checkpoint, numbered(entry, seq))
                place |= {"bytes": place["bytes"] + journal.write(line), "tail": lines.tail(line)}
        (folder / "metadata.json").write_text(json.dumps(checkpoint))


def fill_old(root: Path, count: int, calls: int) -> None:
    """Sessions of the first layout: one file each."""
    for number in range(count):
        folder = root / f"implement-feature-{number}"
        folder.mkdir(parents=True)
        one = {"prompt": "charge", "response": "done", "cost": 0.01, "tokens": {"input": 9}}
        (folder / "metadata.json").write_text(json.dumps({"interactions": [one] * calls}))
