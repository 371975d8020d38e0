"""A command on PATH that says recorded lines, and notes how it was called."""

import json
import sys
from pathlib import Path

_SCRIPT = """\
#!{python}
import json, os, sys
from pathlib import Path
call = dict(argv=sys.argv[1:], stdin=sys.stdin.read(), cwd=os.getcwd(), env=dict(os.environ))
Path({log!r}).write_text(json.dumps(call))
sys.stdout.write(Path({says!r}).read_text())
sys.stderr.write({stderr!r})
sys.exit({code})
"""


class StandIn:
    """Installed as `name` in `folder`; says the lines of the file `says`."""

    def __init__(self, folder: Path, name: str, says: Path, stderr: str = "", code: int = 0):
        self._log = folder / f"{name}.call.json"
        path = folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        script = _SCRIPT.format(
            python=sys.executable, log=str(self._log), says=str(says), stderr=stderr, code=code
        )
        path.write_text(script)
        path.chmod(0o755)
        self.environment = {"PATH": str(path.parent), "HOME": str(folder)}

    @property
    def call(self):
        """How it was called last."""
        return json.loads(self._log.read_text())
