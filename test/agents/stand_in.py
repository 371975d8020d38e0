"""A command on PATH that says recorded lines, and notes how it was called."""

import json
import shlex
import sys
from pathlib import Path

#: A `#!` line cannot name an interpreter whose path has a space in it, so a shell starts it.
_START = """\
#!/bin/sh
exec {python} -I {script} "$@"
"""
_SCRIPT = """\
import json, os, sys, time
from pathlib import Path
call = dict(argv=sys.argv[1:], stdin=sys.stdin.read(), cwd=os.getcwd(), env=dict(os.environ))
Path({log!r}).write_text(json.dumps(call))
sys.stdout.write(Path({says!r}).read_text())
sys.stderr.write({stderr!r})
sys.stdout.flush()
if {hangs}: time.sleep(600)
sys.exit({code})
"""


class StandIn:
    """Installed as `name` in `folder`; says the lines of the file `says`, and then may hang."""

    def __init__(
        self,
        folder: Path,
        name: str,
        says: Path,
        stderr: str = "",
        code: int = 0,
        *,
        hangs: bool = False,
    ):
        self._log = folder / f"{name}.call.json"
        path, script = folder / "bin" / name, folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        script.write_text(
            _SCRIPT.format(
                log=str(self._log), says=str(says), stderr=stderr, code=code, hangs=hangs
            )
        )
        path.write_text(
            _START.format(python=shlex.quote(sys.executable), script=shlex.quote(str(script)))
        )
        path.chmod(0o755)
        self.environment = {"PATH": str(path.parent), "HOME": str(folder)}

    @property
    def call(self):
        """How it was called last."""
        return json.loads(self._log.read_text())
