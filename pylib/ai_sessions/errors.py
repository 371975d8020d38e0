"""What can go wrong, named by what the user can do about it, each with its exit code.

Only doors (cli, api, bots) catch these: one line on stderr, then `exit_code`.
"""

from __future__ import annotations

from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:  # every start pays for what this module imports
    from collections.abc import Mapping

#: The one table of exit codes, for every script (documentation and tests read it here).
EXIT_CODES: Mapping[int, str] = MappingProxyType(
    {
        0: "done",
        1: "checks ran and failed: tests red, a blocker found, NO-GO",
        2: "usage: a wrong or missing argument",
        3: "a setting, plan or tool is invalid or missing",
        4: "no such feature, session, task or model",
        5: "gate refused: no red, tests edited, nothing changed, command not approved",
        6: "needs a person: input asked, MANUAL, tree not clean, not ready",
        7: "budget or limit reached",
        8: "lock not obtained in time",
        9: "provider failed, missing or not logged in",
        10: "context lost and --require-resume given",
        11: "storage failed: disk full, permission, I/O",
        124: "timed out",
        130: "interrupted",
        143: "terminated",
    }
)


class AiSessionsError(Exception):
    """The root. `message` is one line: what was wrong, with the value. `hint`: what to do.

    `facts`: more for machines, beside the message.
    """

    exit_code = 1
    kind = "failed"

    def __init__(self, message: str, hint: str = "", **facts: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts


class ChecksFailed(AiSessionsError):
    """Checks ran and did not pass."""

    kind = "checks"


class UsageError(AiSessionsError):
    """An argument is wrong or missing."""

    exit_code = 2
    kind = "usage"


class Exists(UsageError):
    """A new session was to have a name that another one has."""

    kind = "exists"


class Needed(UsageError):
    """A session was to be removed that others need."""

    kind = "needed"


class Unsupported(UsageError):
    """A model was asked for what it, or its provider, cannot do. `parameter`: what asks for it."""

    kind = "unsupported"

    def __init__(self, parameter: str, message: str, hint: str = "") -> None:
        super().__init__(f"{parameter}: {message}", hint)
        self.parameter = parameter


class ConfigError(AiSessionsError):
    """A setting, a plan or a tool is invalid or missing."""

    exit_code = 3
    kind = "config"


class InvalidPlan(ConfigError):
    """A plan has faults."""

    kind = "plan"

    def __init__(self, message: str, hint: str, faults: tuple[str, ...]) -> None:
        """`faults`: all of them, one line each."""
        super().__init__(message, hint)
        self.faults = faults


class NotFound(AiSessionsError):
    """No such feature, session, task or model."""

    exit_code = 4
    kind = "not_found"


class GateRefused(AiSessionsError):
    """The work was not proved, so it does not count."""

    exit_code = 5
    kind = "gate"


class NeedsPerson(AiSessionsError):
    """A human has to decide or tidy up first."""

    exit_code = 6
    kind = "needs_person"


class LimitReached(AiSessionsError):
    """A budget or a limit of the provider is used up."""

    exit_code = 7
    kind = "limit"


class QuotaSpent(LimitReached):
    """A quota has no room for a call that has to keep it, so that another model may be asked."""

    kind = "quota"


class LockBusy(AiSessionsError):
    """Another process holds the lock; the message names its pid."""

    exit_code = 8
    kind = "lock"


class Taken(AiSessionsError):
    """The session of that name belongs to another project; the message names it."""

    exit_code = 2
    kind = "taken"


class Conflict(AiSessionsError):
    """Somebody else wrote first: what was read before is no longer so. Nothing was written."""

    exit_code = 8
    kind = "conflict"


class ProviderError(AiSessionsError):
    """The agent or model failed, is missing or is not logged in."""

    exit_code = 9
    kind = "provider"


class ContextLost(AiSessionsError):
    """The agent answered in another conversation than the one asked for."""

    exit_code = 10
    kind = "context_lost"


class StorageError(AiSessionsError):
    """The disk said no: full, forbidden, read-only or broken."""

    exit_code = 11
    kind = "storage"


class TimedOut(AiSessionsError):
    """A provider or a test run took longer than allowed."""

    exit_code = 124
    kind = "timeout"
