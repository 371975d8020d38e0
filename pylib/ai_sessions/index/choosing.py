"""Which sessions a list shows, in what order, and how many: for SQLite, and for rows in memory."""

from __future__ import annotations

from ai_sessions.display import briefs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Row = dict[str, Any]

#: What comes first -> the column, and whether the largest is the first. Ties are in order of names.
_ORDERS = {
    "last-used": ("last_used", True),
    "name": ("name", False),
    "cost": ("cost_nusd", True),
    "interactions": ("interactions", True),
    "created": ("created_at", True),
}
SORTS = tuple(_ORDERS)


def tags_text(tags: Sequence[str]) -> str:
    """Tags as one text in which each has a comma, which none has inside, on both sides."""
    return f",{','.join(tags)}," if tags else ""


class Chosen:
    """`command`, `feature`, `kind`: of those alone. `tags`: with all of these. `in_project`: says
    whether a project is wanted. `used_since`: RFC 3339. `over_by`: RFC 3339, those alone whose time
    is over by then; empty: all. `limit`: at most so many.
    """

    __slots__ = (
        *("command", "feature", "in_project", "kind", "limit"),
        *("over_by", "sort", "tags", "used_since"),
    )

    def __init__(
        self,
        command: str | None = None,
        feature: str | None = None,
        in_project: Callable[[str], bool] | None = None,
        used_since: str = "",
        sort: str = "last-used",
        limit: int | None = None,
        kind: str | None = None,
        tags: Sequence[str] = (),
        over_by: str = "",
    ) -> None:
        self.command = command
        self.feature = feature
        self.in_project = in_project
        self.used_since = used_since
        self.sort = sort
        self.limit = limit
        self.kind = kind
        self.tags = tags
        self.over_by = over_by

    def condition(self, connection: sqlite3.Connection) -> tuple[str, list[object]]:
        """The same for SQLite, of the table of sessions, without order and limit."""
        parts, values = ["last_used >= ?"], list[object]([self.used_since])
        pairs = (("command", self.command), ("feature", self.feature), ("kind", self.kind))
        for column, wanted in pairs:
            if wanted is not None:
                parts.append(f"{column} = ?")
                values.append(wanted)
        for tag in self.tags:
            parts.append("instr(tags, ?)")
            values.append(tags_text([tag]))
        if self.over_by:
            parts.append("expires_at != '' and expires_at <= ?")
            values.append(self.over_by)
        if self.in_project is not None:
            connection.create_function("in_project", 1, self.in_project)
            parts.append("in_project(project)")
        return " and ".join(parts), values

    def order(self) -> str:
        column, largest_first = _ORDERS[self.sort]
        return f"{column}{' desc' if largest_first else ''}, name"

    def fits(self, row: Row) -> bool:
        pairs = ((self.command, row["command"]), (self.feature, row["feature"]))
        wanted = (*pairs, (self.kind, briefs.kind(row)))
        return (
            all(tag in row["tags"] for tag in self.tags)
            and (not self.over_by or "" < briefs.expires_at(row) <= self.over_by)
            and row["last_used"] >= self.used_since
            and all(one in (None, found) for one, found in wanted)
            and (self.in_project is None or self.in_project(row["project"]))
        )

    def first(self, rows: Iterable[Row]) -> list[Row]:
        """So many of these in their order."""
        column, largest_first = _ORDERS[self.sort]
        by_name = sorted(rows, key=lambda row: str(row["name"]))
        by_name.sort(key=lambda row: {**row, **row["totals"]}[column], reverse=largest_first)
        return by_name[: self.limit]
