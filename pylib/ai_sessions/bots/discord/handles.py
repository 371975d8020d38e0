"""What answers one interaction: kept in `Inbound.handle`, good for a quarter of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from typing import Self

#: Seconds for which Discord takes answers by it, less what one needs on its way.
_OPEN_S = 15 * 60.0 - 15.0


@dataclass(frozen=True, slots=True)
class Handle:
    """`interaction` is its id, `token` what Discord gave with it."""

    application: str
    interaction: str
    token: str

    @classmethod
    def of(cls, interaction: discord.Interaction) -> Self:
        return cls(str(interaction.application_id), str(interaction.id), interaction.token)

    @classmethod
    def read(cls, text: str) -> Self:
        """From its `text`."""
        return cls(*text.split("/", 2))

    @property
    def text(self) -> str:
        return f"{self.application}/{self.interaction}/{self.token}"

    def is_open(self, now: float) -> bool:
        """Whether Discord still takes answers by it. `now`: seconds since 1970."""
        return now - discord.utils.snowflake_time(int(self.interaction)).timestamp() < _OPEN_S
