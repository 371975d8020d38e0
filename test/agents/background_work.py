"""A repository with a feature, and a script in place of the commands that a door begins there."""

import json
import subprocess
import threading
from pathlib import Path

from scripted import PLAN, ROOT, git

from ai_sessions.workspace.files import Workspace

#: Notes how it was called, says the lines of a file, and waits where one is `{"event": "wait"}`.
_SCRIPT = """\
import json, os, sys
from pathlib import Path
folder = Path(os.environ["SCRIPTED"])
call = dict(words=sys.argv[1:], read=sys.stdin.read(), env=dict(os.environ))
with (folder / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(call) + chr(10))
for line in (folder / "says.jsonl").read_text().splitlines():
    told = json.loads(line)
    if told["event"] == "wait":
        (folder / "gate").open().read()
    else:
        print(line, flush=True)
sys.exit(told.get("code", 0))
"""


class Shop:
    """`repo`: a repository of one commit. `space`: its feature `pay`."""

    def __init__(self, folder: Path, environment: dict[str, str], name: str = "shop"):
        self.folder, self.repo = folder, folder / name
        self.repo.mkdir()
        subprocess.run(["git", "init", "-q", "-b", "main", str(self.repo)], check=True)
        git(self.repo, "config", "user.name", "Test")
        git(self.repo, "config", "user.email", "test@example.com")
        (self.repo / "README.md").write_text("Payments\n")
        git(self.repo, "add", "-A")
        git(self.repo, "commit", "-qm", "Begin")
        self.space = Workspace(str(self.repo), ROOT, "pay")
        self.space.write(PLAN, "plan.yaml")
        environment |= {"BOT_REPOSITORIES": str(self.repo), "SCRIPTED": str(folder)}

    def script(self) -> Path:
        """To be put in place of the commands."""
        path = self.folder / "script.py"
        path.write_text(_SCRIPT)
        return path

    def says(self, *lines: dict) -> None:
        """What the next runs tell."""
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (self.folder / "says.jsonl").write_text(text)

    def ends(self, ok: bool = True, **more: object) -> None:
        """The next runs end at once, in this way."""
        self.says({"event": "result", "ok": ok, "code": 0 if ok else 1, **more})

    def fails(self, code: int, kind: str, message: str, **facts: object) -> None:
        """The next runs fail at once."""
        error = {"kind": kind, "message": message, "hint": "", **facts}
        self.says({"event": "result", "ok": False, "code": code, "error": error})

    @property
    def calls(self) -> list[dict]:
        """How the commands were called."""
        path = self.folder / "calls.jsonl"
        return [json.loads(one) for one in path.read_text().splitlines()] if path.exists() else []

    def go_on(self) -> None:
        """Let a run that waits go on, up to its end."""
        (self.folder / "gate").write_text("")
        self.finish()

    def finish(self) -> None:
        """Wait for all that was begun."""
        for thread in threading.enumerate():
            if "(wait)" in thread.name:
                thread.join()
