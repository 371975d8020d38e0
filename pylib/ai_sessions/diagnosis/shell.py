"""The user's shell: whether it finds our commands, and completes them."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ai_sessions import config
from ai_sessions.diagnosis.checks import Check

_SCRIPT, _WORD = "ai-session.sh", "ai-sessions"
#: Where each shell reads what it is to do at its start, and what to put there.
_STARTS = {
    "bash": (".bashrc", 'eval "$({} completion bash)"'),
    "zsh": (".zshrc", 'eval "$({} completion zsh)"'),
    "fish": (".config/fish/config.fish", "{} completion fish | source"),
}
_LONGEST = 1_000_000


def on_path(environment: Mapping[str, str]) -> Check:
    """Whether our commands are found by their bare names, and as ours."""
    ours, folder = _place()
    found = shutil.which(ours, path=environment.get("PATH", ""))
    if found and Path(found).resolve() == (folder / ours).resolve():
        return Check("path", "ok", f"{ours} is {found}")
    paste = f"export PATH={_quoted(str(folder))}"
    if found:
        return Check("path", "warning", f"{ours} on your PATH is another one: {found}", paste)
    return Check("path", "warning", f"{ours} is not on your PATH", paste)


def completion(environment: Mapping[str, str], home: Path) -> Check:
    """Whether the shell's start file sets completion up; without it there is no harm."""
    shell = os.path.basename(environment.get("SHELL", ""))
    if shell not in _STARTS:
        return Check("completion", "ok", f"not known for {shell or 'a shell without a name'}")
    start, line = _STARTS[shell]
    folder = Path(environment.get("ZDOTDIR") or home) if shell == "zsh" else home
    path = folder / start
    if any(f"{name} completion" in _text(path) for name in (_SCRIPT, _WORD)):
        return Check("completion", "ok", f"set up in {path}")
    paste = line.format(_place()[0])
    return Check("completion", "ok", f"not set up in {path}", f"add this line to it: {paste}")


def _place() -> tuple[str, Path]:
    """Our first command, and the folder it is in."""
    if config.INSTALLED:
        return _WORD, Path(sys.executable).parent
    return _SCRIPT, Path(config.ROOT) / "scripts"


def _quoted(folder: str) -> str:
    """`FOLDER:$PATH` for a shell."""
    quoted = shlex.quote(folder)
    return f'"{folder}:$PATH"' if quoted == folder else f'{quoted}:"$PATH"'


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST)
    except OSError:
        return ""
