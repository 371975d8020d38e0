"""Other projects that ours is measured beside, in an environment of their own that is kept."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".tools/conversation"
PACKAGES = {
    "openai-agents SQLiteSession": ["openai-agents"],
    "langgraph SqliteSaver": ["langgraph", "langgraph-checkpoint-sqlite"],
    "chuk-ai-session-manager": ["chuk-ai-session-manager"],
}


#: Not a store: measures what summaries keep.
KIT = "compaction-conformance-kit"


def installed(place: Path = PLACE) -> str:
    """The Python that has the other projects. Raises `CalledProcessError`, `OSError`."""
    python, done = place / "bin" / "python", place / "installed"
    packages = [one for them in PACKAGES.values() for one in them] + [KIT]
    if not done.exists() or done.read_text().split() != packages:
        print(f"installing other projects into {place} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        done.write_text(" ".join(packages))
    return str(python)
