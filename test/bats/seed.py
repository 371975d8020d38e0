"""Fill a SESSION_DIR with two sessions of the feature `shop`: one call priced, one not.

python seed.py SESSION_DIR
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pylib"))

from ai_sessions.records import About, Cost, Interaction, Message, Usage
from ai_sessions.store.files import FileStore

PRICES = {"implement-shop": 12_345_678, "plan-shop": None}


def main(folder: str) -> None:
    store = FileStore(Path(folder), fsync="none")
    for name, nusd in PRICES.items():
        command, feature = name.split("-")
        store.ensure(name, About(command, feature, "/home/someone/shop"))
        store.append(name, [interaction(name, nusd)])


def interaction(name: str, nusd: int | None) -> Interaction:
    return Interaction(
        id=f"{name}-1",
        at="2026-11-01T10:00:00.000Z",
        provider="claude",
        model="claude-sonnet-4-5",
        messages=(Message("user", "Add the endpoint."), Message("assistant", "Done.")),
        usage=Usage(12_000, 800, 9_000),
        cost=Cost(nusd, "client" if nusd else "unknown"),
        task="T1.1",
    )


main(sys.argv[1])
