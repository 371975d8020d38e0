"""The budgets of this day and month, and what counts against them. Light on imports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.index.overview import Budgets

#: Kinds of periods that a budget can be for.
KINDS = ("day", "month")


def budgets(settings: Settings | None, root: str) -> Budgets:
    """The budgets of periods that have one, and what the ledger counts against them.

    `settings` None: there are none. `root`: the folder of sessions.
    """
    from ai_sessions import money
    from ai_sessions.index.overview import Budgets
    from ai_sessions.ledger import reading

    given = {kind: settings[f"BUDGET_{kind.upper()}"] for kind in KINDS} if settings else {}
    limits = {kind: money.nano(text) for kind, text in given.items() if text}

    def used(since: int, until: int) -> tuple[int, int] | None:
        if reading.is_behind(root):
            from ai_sessions.index.sessionless import settle

            settle(root)
        return reading.used(root, since, until)

    return Budgets(limits, used)
