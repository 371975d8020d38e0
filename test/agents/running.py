"""Commands run to their end; whether a process still runs, asked of the kernel (`ps` may lack)."""

import os
from pathlib import Path

from ai_sessions.processes.running import Command, Ended, started


def is_running(pid: int) -> bool:
    """False once it has ended, also while nobody has waited for it (a zombie; needs /proc)."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def ran(command: Command, notes: Path) -> Ended:
    """Run it to its end, with its output thrown away."""
    with started(command, None, notes) as child:
        for _part in child.output():
            pass
    return child.ended()
