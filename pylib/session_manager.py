"""The assistant that knows who asks, by the name of the first program of its kind.

    from session_manager import SessionManager

    python session_manager.py --init|--greeting|--stats|--suggest-model|--reset

As a program it does what `scripts/assistant.sh` does; in a checkout it becomes that script. Either
way the environment that is needed is made first, as the scripts do. Nothing that Python 3.8 cannot
read stands here, so that an old interpreter gets a sentence.
"""

import importlib.metadata
import os
import subprocess
import sys

_ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_SCRIPTS = os.path.join(_ROOT, "scripts")
_NEEDED = (3, 11)
#: What every writer needs, since this version.
_LOCKS, _LOCKS_SINCE = "filelock", (4, 2)


def main() -> None:
    """Become the script, or in an installed package its command."""
    if os.path.isdir(_SCRIPTS):
        script = os.path.join(_SCRIPTS, "assistant.sh")
        os.execv(script, [script, *sys.argv[1:]])  # noqa: S606 (ours)
    from ai_sessions.cli.start import end
    from ai_sessions.cli.start import main as run

    end(run(["assistant", *sys.argv[1:]]))


def find_packages() -> None:
    """Let a program that another Python runs find the packages of the checkout's environment,
    behind its own. Raises `ImportError` for a Python that is too old.
    """
    if sys.version_info < _NEEDED:
        version = sys.version.split()[0]
        raise ImportError(f"session_manager needs Python 3.11 or newer; this is {version}")
    if not os.path.isdir(_SCRIPTS) or _has_locks():
        return
    made = [os.path.join(_SCRIPTS, "ai-session.sh"), "--version"]
    subprocess.run(made, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    library = os.path.join(_ROOT, ".venv", "lib")
    places = [os.path.join(library, name, "site-packages") for name in os.listdir(library)]
    sys.path[:0] = places
    importlib.import_module(_LOCKS)  # even if there is one of another version
    sys.path[:] = sys.path[len(places) :] + places


def _has_locks() -> bool:
    try:
        version = importlib.metadata.version(_LOCKS)
    except importlib.metadata.PackageNotFoundError:
        return False
    return tuple(map(int, version.split(".")[:2])) >= _LOCKS_SINCE


if __name__ == "__main__":
    main()
else:
    find_packages()
    from ai_sessions.assistant import TOP_FREE_MODELS, SessionManager

    __all__ = ["TOP_FREE_MODELS", "SessionManager"]
