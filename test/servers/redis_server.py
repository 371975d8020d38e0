"""A real Redis server for tests, on loopback: its folder is gone with it.

It is a cluster of one, so that it refuses a script whose keys are not in one hash slot. It comes
from PATH, or from .tools of this checkout, where `test/tools.py` puts it.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_UP_S = 30


def program() -> str:
    """The command that begins a server; empty: there is none here."""
    path = os.pathsep.join((os.environ.get("PATH", ""), str(ROOT / ".tools/bin")))
    return shutil.which("redis-server", path=path) or ""


class RedisServer:
    """One server, that writes each command to its file before it answers when it is `durable`."""

    def __init__(self, *, durable: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ai-sessions-redis-"))
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self._folder}/socket"

    def start(self) -> None:
        import redis

        ports = {"--port": _free_port(), "--cluster-port": _free_port()}
        wanted = {
            **{"--bind": "127.0.0.1", **ports, "--cluster-enabled": "yes"},
            **{"--unixsocket": self._folder / "socket", "--dir": self._folder},
            **{"--save": "", "--appendonly": "yes" if self._durable else "no"},
            **{"--appendfsync": "always"},
        }
        options = [str(part) for pair in wanted.items() for part in pair]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([program(), *options], stdout=log, stderr=log)
        self.client = redis.Redis.from_url(self.url, decode_responses=True)
        self._wait_until_up()

    def kill(self) -> None:
        """End it as the kernel does: nothing is written any more."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        self.client.close()
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_until_up(self) -> None:
        import redis

        until = time.monotonic() + _UP_S
        while time.monotonic() < until:
            with contextlib.suppress(redis.exceptions.RedisError):
                told = self.client.execute_command("CLUSTER INFO")
                if told["cluster_slots_assigned"] == "0":
                    self.client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                self.client.set("up", "1")
                self.client.delete("up")
                return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError((self._folder / "log").read_text())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
