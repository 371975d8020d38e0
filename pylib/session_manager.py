"""The assistant that knows who asks, by the name of the first program of its kind.

    from session_manager import SessionManager

    python session_manager.py --init|--greeting|--stats|--suggest-model|--reset

As a program it does what `scripts/assistant.sh` does; in a checkout it becomes that script, which
makes the environment that it needs. Nothing newer than Python 3.8 can read stands here, so that an
old interpreter can start it.
"""

import os
import sys

_SCRIPT = os.path.join(
    os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "scripts", "assistant.sh"
)


def main():
    # type: () -> None
    """Become the script, or in an installed package its command."""
    if os.path.isfile(_SCRIPT):
        sys.stdout.flush()
        os.execv(_SCRIPT, [_SCRIPT, *sys.argv[1:]])  # noqa: S606 (a script of ours)
    from ai_sessions.cli.start import end
    from ai_sessions.cli.start import main as run

    end(run(["assistant", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
else:
    from ai_sessions.assistant import TOP_FREE_MODELS, SessionManager

    __all__ = ["TOP_FREE_MODELS", "SessionManager"]
