"""The packages of `.venv` are importable once they are asked for, without a scan before."""

import subprocess
import sys
from pathlib import Path

PYLIB = Path(__file__).resolve().parents[2] / "pylib"


def test_a_process_that_began_without_packages_has_them_when_it_needs_them():
    code = (
        f"import sys; sys.path.insert(0, {str(PYLIB)!r})\n"
        "from ai_sessions import site_packages\n"
        "before = 'site' in sys.modules\n"
        "site_packages.use(); site_packages.use()\n"
        "import filelock\n"
        "print(before)"
    )
    words = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
