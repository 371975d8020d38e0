"""Whether a process still runs, asked of the kernel: slim machines have no `ps`."""

import os
from pathlib import Path


def is_running(pid: int) -> bool:
    """False once it has ended, also while nobody has waited for it (a zombie; needs /proc)."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
