"""ai-sessions: drive AI coding agents from the shell, with proof, memory and a bill.

For Python programs: every conversation tracked. Importing this imports nothing; a name is loaded
when it is used first.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.library.session_manager import SessionManager as SessionManager
    from ai_sessions.library.storage import configure_storage as configure_storage
    from ai_sessions.library.storage import get_storage_info as get_storage_info
    from ai_sessions.library.storage import get_version as get_version
    from ai_sessions.library.storage import is_available as is_available
    from ai_sessions.library.storage import (
        setup_chuk_sessions_storage as setup_chuk_sessions_storage,
    )

__version__ = "0.1.0"
#: Name -> the module that has it.
_NAMES = {
    "SessionManager": "library.session_manager",
    "configure_storage": "library.storage",
    "get_storage_info": "library.storage",
    "get_version": "library.storage",
    "is_available": "library.storage",
    "setup_chuk_sessions_storage": "library.storage",
}
__all__ = [
    "SessionManager",
    "__version__",
    "configure_storage",
    "get_storage_info",
    "get_version",
    "is_available",
    "setup_chuk_sessions_storage",
]


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES})
