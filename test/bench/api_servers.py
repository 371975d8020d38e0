"""Servers and clients as processes of their own. Used by `test/bench/api`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api_links import Line

ROOT = Path(__file__).resolve().parents[2]
PYTHON = str(ROOT / ".venv/bin/python")
_CLIENTS = str(ROOT / "test/bench/api_clients.py")


class Server:
    """`serve.sh` at a folder of sessions."""

    def __init__(self, home: Path, number: int) -> None:
        self.home, self.number, self.port = home, number, 0
        self.start()

    def start(self) -> None:
        """Anew at the same port."""
        log = self.home / f"server-{self.number}.log"
        given = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("AI_", "API_", "SESSION_", "NOVASYSTEM_"))
        }
        with log.open("a") as file:
            self.process = subprocess.Popen(
                [str(ROOT / "scripts/serve.sh"), "--port", str(self.port)],
                env={
                    **given,
                    "HOME": str(self.home),
                    "SESSION_DIR": str(self.home / "sessions"),
                    "API_RATE_LIMIT": "0",
                },
                cwd=self.home,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        if not url:
            sys.exit(f"no server:\n{log.read_text()[-2000:]}")
        self.port = int(url.rpartition(":")[2])

    @property
    def token(self) -> str:
        return (self.home / "sessions/.api/token").read_text().strip()

    def line(self) -> Line:
        return Line(self.port, self.token)

    def memory(self) -> int:
        """Bytes that it has."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) << 10

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)


class Clients:
    """A process of `api_clients.py`."""

    def __init__(
        self, what: str, ports: Sequence[int], token: str = "", sessions: int = 0, requests: int = 0
    ) -> None:
        given = [",".join(map(str, ports)), token, str(sessions), str(requests)]
        self.process = subprocess.Popen(
            [PYTHON, _CLIENTS, what, *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self) -> Any:
        """Its next line."""
        assert self.process.stdout is not None
        if not (line := self.process.stdout.readline()):
            sys.exit("the clients broke")
        return json.loads(line)

    def last(self) -> Any:
        """What it tells at its end, to which it comes now."""
        out, _ = self.process.communicate()
        return json.loads(out.splitlines()[-1]) if out else None


class Probes:
    """Looks at several servers at once, each from a process of its own."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._looking = [Clients("probe", [port]) for port in ports]

    def taken(self) -> list[list[float]]:
        """Milliseconds of each look until now, by server; they end."""
        return [one.last()["ms"] for one in self._looking]


def at_rest(ports: Sequence[int], seconds: float) -> list[list[float]]:
    """The same while nothing else is asked."""
    looking = Probes(ports)
    time.sleep(seconds)
    return looking.taken()
