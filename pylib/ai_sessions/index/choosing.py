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
#: Conditions on the status that a reader sees; the value of each is the present time.
_STATUSES = {
    "active": "status = 'active' and (expires_at = '' or expires_at > ?)",
    briefs.EXPIRED: "expires_at != '' and expires_at <= ?",
}
_OF_MODEL = "id in (select session from share where model = ?)"


def tags_text(tags: Sequence[str]) -> str:
    """Tags as one text in which each has a comma, which none has inside, on both sides."""
    return f",{','.join(tags)}," if tags else ""


def sought_text(row: Row) -> str:
    """What a session is found by: its name, title and tags, each on a line, in lower case."""
    return "\n".join((row["name"], briefs.title(row), *row["tags"])).lower()


class Chosen:
    """`command`, `feature`, `kind`, `interface`, `user`, `parent` (a uid): of those alone. `named`:
    with all these words in their names, titles or tags, in whatever case. `tags`: with all of
    these. `model`: that was asked in it. `status`: as a reader sees it at `now` (RFC 3339 UTC).
    `in_project`: says whether a project is wanted. `used_since`: RFC 3339. `limit`: at most so
    many.
    """

    __slots__ = (
        *(
            "command",
            "feature",
            "in_project",
            "interface",
            "kind",
            "limit",
            "model",
            "named",
            "now",
        ),
        *("parent", "sort", "status", "tags", "used_since", "user"),
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
        *,
        status: str | None = None,
        now: str = "",
        interface: str | None = None,
        user: str | None = None,
        model: str | None = None,
        parent: str | None = None,
        named: str = "",
    ) -> None:
        self.command = command
        self.feature = feature
        self.in_project = in_project
        self.used_since = used_since
        self.sort = sort
        self.limit = limit
        self.kind = kind
        self.tags = tags
        self.status = status
        self.now = now
        self.interface = interface
        self.user = user
        self.model = model
        self.parent = parent
        self.named = named.lower().split()

    def condition(self, connection: sqlite3.Connection) -> tuple[str, list[object]]:
        """The same for SQLite, of the table of sessions, without order and limit."""
        parts, values = ["last_used >= ?"], list[object]([self.used_since])
        pairs = (
            *(("command", self.command), ("feature", self.feature), ("kind", self.kind)),
            *(("interface", self.interface), ("user", self.user), ("parent", self.parent)),
        )
        for column, wanted in pairs:
            if wanted is not None:
                parts.append(f"{column} = ?")
                values.append(wanted)
                if wanted:  # there is an index of those that are not empty
                    parts.append(f"{column} != ''")
        for tag in self.tags:
            parts.append("instr(tags, ?)")
            values.append(tags_text([tag]))
        if self.named:
            from ai_sessions.index.database import text

            parts += ["instr(sought, ?)"] * len(self.named)
            values += map(text, self.named)
        if self.model is not None:
            parts.append(_OF_MODEL)
            values.append(self.model)
        if self.status is not None:
            parts.append(_STATUSES.get(self.status, "status = ?"))
            values.append(self.now if self.status in _STATUSES else self.status)
        if self.in_project is not None:
            connection.create_function("in_project", 1, self.in_project)
            parts.append("in_project(project)")
        return " and ".join(parts), values

    def order(self) -> str:
        column, largest_first = _ORDERS[self.sort]
        return f"{column}{' desc' if largest_first else ''}, name"

    def column(self) -> str:
        """That the order goes by."""
        return _ORDERS[self.sort][0]

    def after(self, value: object, name: str) -> tuple[str, list[object]]:
        """A condition on what comes behind a place in the order, which is told by the value of its
        column and a name; and the values of it.
        """
        column, largest_first = _ORDERS[self.sort]
        if column == "name":
            return "name > ?", [name]
        behind = "<" if largest_first else ">"
        return f"({column} {behind}= ? and ({column} {behind} ? or name > ?))", [value, value, name]

    def fits(self, row: Row) -> bool:
        wanted = (
            *((self.command, row["command"]), (self.feature, row["feature"])),
            *((self.kind, briefs.kind(row)), (self.interface, briefs.interface(row))),
            *((self.user, briefs.user(row)), (self.parent, briefs.parent(row))),
            (self.status, briefs.as_of(row, self.now)["status"]),
        )
        return (
            all(tag in row["tags"] for tag in self.tags)
            and all(word in sought_text(row) for word in self.named)
            and (self.model is None or self.model in row["totals"]["by_model"])
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
