"""ai-sessions: drive AI coding agents from the shell, with proof, memory and a bill.

For Python programs: every conversation tracked. Importing this imports nothing; a name is loaded
when it is used first.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.library.completion import (
        Completion,
    )
    from ai_sessions.library.constants import (
        DEFAULT_TOKEN_MODEL,
        TIKTOKEN_AVAILABLE,
    )
    from ai_sessions.library.errors import (
        CompletionError,
        ConfigurationError,
        InvalidSessionOperation,
        SessionAlreadyExists,
        SessionManagerError,
        SessionNotFound,
        StorageError,
        TokenLimitExceeded,
        ToolProcessingError,
    )
    from ai_sessions.library.infinite import (
        InfiniteConversationManager,
    )
    from ai_sessions.library.infinite_sync import (
        SummarizationStrategy,
    )
    from ai_sessions.library.llm_service import (
        LLMService,
    )
    from ai_sessions.library.openai_agents import (
        AgentsSession,
    )
    from ai_sessions.library.prompts import (
        build_prompt_from_session,
        truncate_prompt_to_token_limit,
    )
    from ai_sessions.library.prompts_sync import (
        PromptStrategy,
    )
    from ai_sessions.library.session_manager import (
        SessionManager,
    )
    from ai_sessions.library.session_store import (
        ChukSessionsStore,
        SessionStore,
    )
    from ai_sessions.library.stats import (
        SessionStats,
    )
    from ai_sessions.library.storage import (
        configure_storage,
        get_backend,
        get_storage_info,
        get_version,
        is_available,
        setup_chuk_sessions_storage,
    )
    from ai_sessions.library.tools import (
        SessionAwareToolProcessor,
        ToolResult,
    )
    from ai_sessions.library.tracking import (
        get_conversation_history,
        get_session_stats,
        quick_conversation,
        quick_stats,
        track_conversation,
        track_infinite_conversation,
        track_llm_call,
        track_llm_interaction,
        track_tool_use,
    )
    from ai_sessions.library.views.asynchronous import (
        Session,
        SessionEvent,
        SessionMetadata,
        SessionRun,
        TokenSummary,
        TokenUsage,
    )
    from ai_sessions.library.views.kinds import (
        EventSource,
        EventType,
        MessageRole,
        RunStatus,
    )
    from ai_sessions.library.views.message import (
        Message,
    )
    from ai_sessions.library.wrapping.clients import (
        wrap,
    )

__version__ = "0.1.0"
#: Name -> the module that has it.
_NAMES = {
    "SessionAwareToolProcessor": "library.tools",
    "ToolResult": "library.tools",
    "SessionManager": "library.session_manager",
    "configure_storage": "library.storage",
    "get_storage_info": "library.storage",
    "get_version": "library.storage",
    "is_available": "library.storage",
    "setup_chuk_sessions_storage": "library.storage",
    "LLMService": "library.llm_service",
    "Completion": "library.completion",
    "CompletionError": "library.errors",
    "ConfigurationError": "library.errors",
    "InvalidSessionOperation": "library.errors",
    "SessionAlreadyExists": "library.errors",
    "SessionManagerError": "library.errors",
    "SessionNotFound": "library.errors",
    "StorageError": "library.errors",
    "TokenLimitExceeded": "library.errors",
    "ToolProcessingError": "library.errors",
    "SessionStats": "library.stats",
    "get_conversation_history": "library.tracking",
    "get_session_stats": "library.tracking",
    "quick_conversation": "library.tracking",
    "quick_stats": "library.tracking",
    "track_conversation": "library.tracking",
    "track_infinite_conversation": "library.tracking",
    "track_llm_call": "library.tracking",
    "track_llm_interaction": "library.tracking",
    "track_tool_use": "library.tracking",
    "EventSource": "library.views.kinds",
    "EventType": "library.views.kinds",
    "MessageRole": "library.views.kinds",
    "Message": "library.views.message",
    "RunStatus": "library.views.kinds",
    "Session": "library.views.asynchronous",
    "SessionEvent": "library.views.asynchronous",
    "SessionMetadata": "library.views.asynchronous",
    "SessionRun": "library.views.asynchronous",
    "TokenSummary": "library.views.asynchronous",
    "TokenUsage": "library.views.asynchronous",
    "PromptStrategy": "library.prompts_sync",
    "build_prompt_from_session": "library.prompts",
    "truncate_prompt_to_token_limit": "library.prompts",
    "wrap": "library.wrapping.clients",
    "AgentsSession": "library.openai_agents",
    "DEFAULT_TOKEN_MODEL": "library.constants",
    "TIKTOKEN_AVAILABLE": "library.constants",
    "InfiniteConversationManager": "library.infinite",
    "SummarizationStrategy": "library.infinite_sync",
    "SessionStore": "library.session_store",
    "ChukSessionsStore": "library.session_store",
    "get_backend": "library.storage",
}
__all__ = [
    "DEFAULT_TOKEN_MODEL",
    "TIKTOKEN_AVAILABLE",
    "AgentsSession",
    "ChukSessionsStore",
    "Completion",
    "CompletionError",
    "ConfigurationError",
    "EventSource",
    "EventType",
    "InfiniteConversationManager",
    "InvalidSessionOperation",
    "LLMService",
    "Message",
    "MessageRole",
    "PromptStrategy",
    "RunStatus",
    "Session",
    "SessionAlreadyExists",
    "SessionAwareToolProcessor",
    "SessionEvent",
    "SessionManager",
    "SessionManagerError",
    "SessionMetadata",
    "SessionNotFound",
    "SessionRun",
    "SessionStats",
    "SessionStore",
    "StorageError",
    "SummarizationStrategy",
    "TokenLimitExceeded",
    "TokenSummary",
    "TokenUsage",
    "ToolProcessingError",
    "ToolResult",
    "__version__",
    "build_prompt_from_session",
    "configure_storage",
    "get_backend",
    "get_conversation_history",
    "get_session_stats",
    "get_storage_info",
    "get_version",
    "is_available",
    "quick_conversation",
    "quick_stats",
    "setup_chuk_sessions_storage",
    "track_conversation",
    "track_infinite_conversation",
    "track_llm_call",
    "track_llm_interaction",
    "track_tool_use",
    "truncate_prompt_to_token_limit",
    "wrap",
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
