"""The compiled scan, loaded: its functions as Python calls them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ai_sessions.compiled import build

if TYPE_CHECKING:
    import ctypes


@cache
def loaded() -> ctypes.CDLL | None:
    """None where it was not made, or does not load."""
    try:
        path = build.file()
        if not path.exists():
            return None
        import ctypes

        return _declared(ctypes.CDLL(str(path)))
    except (ImportError, OSError, AttributeError):
        return None


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """With the types of arguments and results. Raises `AttributeError` when one is missing."""
    from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p

    found, size = POINTER(c_void_p), POINTER(c_size_t)
    functions = {
        "scan_new": (c_void_p, c_char_p),
        "scan_form": (c_int, c_void_p, POINTER(c_char_p)),
        "scan_free": (None, c_void_p),
        "scan_claude": (c_int, c_void_p, c_char_p, c_size_t, c_int64),
        "scan_codex": (c_int, c_void_p, c_char_p, c_size_t, c_size_t, c_int64, c_void_p),
        "scan_gemini": (c_int, c_void_p, c_char_p, c_size_t, c_size_t, c_int64, c_void_p),
        "scan_opencode": (c_int, c_void_p, c_char_p, c_size_t, c_void_p, c_size_t, c_int64),
        "scan_set_context": (None, c_void_p, c_void_p),
        "scan_context": (None, c_void_p, c_void_p),
        "scan_settle": (c_int64, c_void_p, c_size_t, c_int),
        "scan_cut": (None, c_void_p, c_size_t),
        "scan_count": (c_size_t, c_void_p),
        "scan_calls": (c_void_p, c_void_p),
        "scan_ids": (c_void_p, c_void_p),
        "scan_frames": (c_size_t, c_void_p, found),
        "scan_texts": (c_size_t, c_void_p),
        "scan_text": (c_void_p, c_void_p, c_size_t, size),
        "scan_number": (c_int64, c_void_p, c_char_p, c_size_t),
        "scan_marks": (None, c_void_p, c_size_t, c_char_p),
        "scan_price": (None, c_void_p, c_int64, c_void_p, c_size_t, c_int64),
        "scan_set_price": (c_int, c_void_p, c_size_t, c_int64, c_int64),
        "scan_sums": (None, c_void_p, c_void_p, c_size_t, c_void_p),
        "scan_around": (c_int, c_void_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t),
        "scan_lines": (c_int64, c_void_p, c_void_p, c_size_t, c_int64, found),
    }
    for name, (result, *arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
