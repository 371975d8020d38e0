"""The values in force, out of layers of texts: the strongest that says something counts.

Of a budget the lowest one counts, whoever set it: nobody raises what another one allows.
"""

from __future__ import annotations

from ai_sessions.config.parsers import amount, amounts
from ai_sessions.config.table import BY_NAME, SETTINGS, TAKES_ANYTHING, Setting
from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from typing import Any

#: What of a wrong value is quoted.
_QUOTED = 60


class Layer:
    """What one place says. `origin`: `flag`, `environment`, a variable or a file's path; `values`:
    texts by name; `lines`: where in a file each of them is, counted from 1.
    """

    __slots__ = ("lines", "origin", "values")

    def __init__(
        self, origin: str, values: Mapping[str, str], lines: Mapping[str, int] | None = None
    ) -> None:
        self.origin = origin
        self.values = values
        self.lines = lines or {}

    def place(self, name: str) -> str:
        """The origin, of a file with the line of that setting."""
        line = self.lines.get(name)
        return f"{self.origin}:{line}" if line else self.origin


class Settings:
    """The values in force. `settings["SESSION_DIR"]` is parsed; `origin` tells who set it."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """`layers`: the strongest first."""
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        setting = BY_NAME[name]
        text, _layers = self._found(setting)
        try:
            return setting.parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}={quoted(text)} ({self.place(name)}): {error}") from error

    def check(self) -> None:
        """Raises `ConfigError` for the first value that is wrong, whoever set it."""
        for setting in SETTINGS:
            if setting.parse not in TAKES_ANYTHING and self.origin(setting.name) != "default":
                self[setting.name]

    def origin(self, name: str) -> str:
        """`flag`, `environment`, a variable of another program, a file's path, or `default`.

        All of them between commas, where each has set the lowest budget of some model.
        """
        return ", ".join(layer.origin for layer in self._found(BY_NAME[name])[1])

    def place(self, name: str) -> str:
        """As `origin`, with the line behind a file's path."""
        return ", ".join(layer.place(name) for layer in self._found(BY_NAME[name])[1])

    def line(self, name: str) -> int | None:
        """The line in the file of `origin`; None where it is no file, or more than one."""
        _text, layers = self._found(BY_NAME[name])
        return layers[0].lines.get(name) if len(layers) == 1 else None

    def _found(self, setting: Setting) -> tuple[str, tuple[Layer, ...]]:
        """The text that counts, and who has set it."""
        for layer in self._layers:
            text = layer.values.get(setting.name)
            if text is not None and (text != "" or setting.default == ""):
                if setting.parse in (amount, amounts):
                    return self._lowest(setting)
                return text, (layer,)
        return setting.default, _DEFAULT

    def _lowest(self, setting: Setting) -> tuple[str, tuple[Layer, ...]]:
        """The lowest amount, or the lowest of each name; a text that cannot be read comes first."""
        found = [(layer.values.get(setting.name, ""), layer) for layer in self._layers]
        given = [(text, layer) for text, layer in found if text.strip()]
        if not given:
            return "", _DEFAULT
        for text, layer in given:
            try:
                setting.parse(text)
            except ValueError:
                return text, (layer,)
        if setting.parse is amount:
            text, layer = min(given, key=lambda one: _dollars(amount(one[0])))
            return text, (layer,)
        return _lowest_by_name([(amounts(text), layer) for text, layer in given])


def _lowest_by_name(
    given: Sequence[tuple[dict[str, str], Layer]],
) -> tuple[str, tuple[Layer, ...]]:
    lowest: dict[str, tuple[str, Layer]] = {}
    for found, layer in given:
        for name, dollars in found.items():
            if name not in lowest or _dollars(dollars) < _dollars(lowest[name][0]):
                lowest[name] = dollars, layer
    text = " ".join(f"{name}={dollars}" for name, (dollars, _layer) in lowest.items())
    who = {layer.origin: layer for _dollars, layer in lowest.values()}
    return text, tuple(who.values())


def _dollars(text: str | None) -> Decimal:
    from decimal import Decimal

    return Decimal(text or 0)


def quoted(value: Any) -> str:
    """What was found, as far as it fits into a line."""
    shown = repr(value)
    return shown if len(shown) <= _QUOTED else f"{shown[:_QUOTED]}…"


_DEFAULT = (Layer("default", {}),)
