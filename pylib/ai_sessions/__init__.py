"""ai-sessions: drive AI coding agents from the shell, with proof, memory and a bill.

For Python programs: every conversation tracked. Importing this imports nothing; a name is loaded
when it is used first.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.library.session_manager import SessionManager as SessionManager

__version__ = "0.1.0"
#: Name -> the module that has it.
_NAMES = {
    "SessionManager": "library.session_manager",
}
__all__ = ["SessionManager", "__version__"]


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
