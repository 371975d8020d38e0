"""Programs that docs/api.md puts before the server, set up as its text says: nginx, Caddy, sshd.

What the page has is changed in ports and paths alone. Each listens on a free port of this machine.
"""

import getpass
import os
import re
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from toolchains import TOOLS, from_apt

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
#: The server's port on the page.
PORT = "8765"
_END_S = 30
#: Frames of nginx and Caddy around the page's block. Caddy would fetch a certificate by itself.
_NGINX = """\
daemon off;
pid nginx.pid;
error_log stderr notice;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
{block}}}
"""
_CADDY = """\
{{
  admin off
  auto_https disable_redirects
  https_port {port}
  default_bind 127.0.0.1
}}
{block}"""
_SSHD = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
"""
#: sshd of root wants a user and a folder that its package makes: they are lent to it alone.
_LENT = """
mount --bind "$1" /etc/passwd && mount -t tmpfs none /run && mkdir -m 755 /run/sshd && shift &&
exec "$@"
"""


class Certificate(NamedTuple):
    """Of the page's host, signed by itself."""

    file: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    name = ["-subj", f"/CN={host()}", "-addext", f"subjectAltName=DNS:{host()}"]
    files = ["-keyout", str(made.key), "-out", str(made.file)]
    done([*words.split(), *name, *files])
    return made


def block(begins: str) -> str:
    """The fenced block of the page that begins so."""
    found = re.search(rf"^```\w+\n({re.escape(begins)}.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no block of the page begins with {begins!r}"
    return found[1]


def host() -> str:
    """What the page's server is called."""
    found = re.search(r"--public-url https://(\S+)$", PAGE, re.MULTILINE)
    assert found
    return found[1]


@contextmanager
def nginx(folder: Path, server: str, given: Certificate) -> Iterator[int]:
    """The port of an nginx before the server at this port, by the page's block."""
    port = free_port()
    text = _replaced(
        block("server {"),
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/sessions.pem": str(given.file),
            "/etc/ssl/sessions.key": str(given.key),
            f":{PORT};": f":{server};",
        },
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(user=user, block=text))
    program = _program("nginx", "nginx")
    command = [str(program), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    with started(command, "start worker process"):
        yield port


@contextmanager
def caddy(folder: Path, server: str, given: Certificate) -> Iterator[int]:
    """The port of a Caddy before the server at this port, by the page's block."""
    port = free_port()
    text = _replaced(
        block(f"{host()} {{"),
        {f":{PORT}\n": f":{server}\n  tls {given.file} {given.key}\n"},
    )
    (folder / "Caddyfile").write_text(_CADDY.format(port=port, block=text))
    program = _program("caddy", "caddy")
    own = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    command = [str(program), "run", "--config", str(folder / "Caddyfile")]
    with started(command, "serving initial configuration", own):
        yield port


@contextmanager
def tunnel(folder: Path, here: str, there: str) -> Iterator[None]:
    """From a port (and address) here to the server's port there, by the page's command and an sshd
    that knows a key made for this.
    """
    found = re.search(r"^ssh -N -L .*$", PAGE, re.MULTILINE)
    assert found
    account = f"{getpass.getuser()}@127.0.0.1"
    local = {f"{PORT}:127.0.0.1:{PORT}": f"{here}:127.0.0.1:{there}", "you@machine": account}
    options = [
        *("-F", "none", "-i", str(folder / "key"), "-o", "BatchMode=yes"),
        *("-o", f"UserKnownHostsFile={folder}/known", "-o", "StrictHostKeyChecking=accept-new"),
        *("-o", "ExitOnForwardFailure=yes", "-o", "PermitLocalCommand=yes"),
        *("-o", "LocalCommand=echo the tunnel is there >&2"),
    ]
    with _sshd(folder) as port:
        command = [*shlex.split(_replaced(found[0], local)), "-p", str(port), *options]
        with started(command, "the tunnel is there"):
            yield


@contextmanager
def _sshd(folder: Path) -> Iterator[int]:
    program = _program("sshd", "openssh-server", "libwrap0")
    port = free_port()
    for name in ("host", "key"):
        done(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)])
    (folder / "sshd.conf").write_text(_SSHD.format(port=port, folder=folder))
    command = [str(program), "-D", "-e", "-f", str(folder / "sshd.conf")]
    if os.geteuid() == 0:
        users = folder / "passwd"
        lent = "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n"
        users.write_text(Path("/etc/passwd").read_text() + lent)
        command = ["unshare", "--mount", "sh", "-c", _LENT, "sh", str(users), *command]
    libraries = ":".join(map(str, (TOOLS / "sshd").glob("usr/lib/*-*")))
    own = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": libraries}
    with started(command, "Server listening on", own):
        yield port


@contextmanager
def started(
    command: list[str], ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a program until the block ends; it is there when it says `ready` on stderr."""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr
        said = []
        for line in running.stderr:
            said.append(line)
            if ready in line:
                break
        else:
            pytest.fail(f"{command[0]} does not start: {''.join(said)[-800:]}")
        reading = threading.Thread(target=running.stderr.read)  # a full pipe would stop it
        reading.start()
        try:
            yield
        finally:
            running.terminate()
            running.wait(_END_S)
            reading.join()


def done(command: list[str]) -> None:
    """Run a command that has to succeed; skips the test where it is not installed."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    subprocess.run(command, check=True, capture_output=True, timeout=_END_S)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        port: int = made.getsockname()[1]
    return port


def _program(name: str, *packages: str) -> Path:
    """By its whole path: sshd starts itself anew for each connection."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    kind = "bin" if name == "caddy" else "sbin"
    return Path(found) if found else from_apt(TOOLS / name, f"usr/{kind}/{name}", *packages)


def _replaced(text: str, by: Mapping[str, str]) -> str:
    """Each of them is there once."""
    for old, new in by.items():
        assert text.count(old) == 1, f"{old!r} is not once in {text!r}"
        text = text.replace(old, new)
    return text
