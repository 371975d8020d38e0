"""The library without `await`, for programs without an event loop: `ai_sessions`' names for them.

from ai_sessions.sync import SessionManager

SessionManager().user_says("Hello!")
"""

from ai_sessions.library.sync import *  # noqa: F403
from ai_sessions.library.sync import __all__  # noqa: F401
