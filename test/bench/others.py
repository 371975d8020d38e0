"""Other projects that ours is measured beside, in an environment of their own that is kept."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".tools/conversation"
PACKAGES = {
    "openai-agents SQLiteSession": ["openai-agents"],
    "langgraph SqliteSaver": ["langgraph", "langgraph-checkpoint-sqlite"],
    "chuk-ai-session-manager": ["chuk-ai-session-manager"],
}

EVERY = tuple(one for them in PACKAGES.values() for one in them)
#: No store: it measures what summaries keep.
KIT_PLACE = ROOT / ".tools/conformance"
KIT = ("compaction-conformance-kit==0.8.0",)


def installed(place: Path = PLACE, packages: Sequence[str] = EVERY) -> str:
    """The Python that has these packages. Raises `CalledProcessError`, `OSError`."""
    python, done = place / "bin" / "python", place / "installed"
    wanted = " ".join(packages)
    if not done.exists() or done.read_text() != wanted:
        print(f"installing {wanted} into {place} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        done.write_text(wanted)
    return str(python)
