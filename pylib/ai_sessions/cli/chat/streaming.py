"""An answer on stdout while it comes, with the progress line out of its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions import controls

if TYPE_CHECKING:
    from ai_sessions.cli.output import Output
    from ai_sessions.providers.contract import Event, Quirks

#: What a message is kept apart by from the one before it.
_GAP = "\n\n"


class Answer:
    """A `Watch` that shows the texts of one call, and `finish` for what it comes to.

    Agents say what they are about to do before they answer, and a model may be left in the middle
    of its answer for another one. People may read that; for a program that reads our stdout it is
    no answer, so it gets the answer when that is known.
    """

    def __init__(self, out: Output, quirks: Quirks) -> None:
        self._out = out
        self._streams = out.is_terminal() or not (quirks.keeps_context or quirks.may_begin_again)
        self._shares_terminal = out.is_terminal() and out.stderr.isatty()
        self._shown = ""
        """The end of what stdout has."""
        self._begun = ""
        """An escape sequence that has no end yet."""
        self._message: list[str] = []
        """Pieces of the last message that were shown."""

    def watch(self, event: Event) -> None:
        """Show a text; what else happens is for the progress line, unless that would be in it."""
        if event.kind == "text":
            self._out.watch(event, shown=False)
            if self._streams:
                self._show(event)
            return
        if self._is_in_line():
            if event.kind in ("tool", "note", "retry", "switch"):
                self._write("\n")
            else:
                self._out.watch(event, shown=False)
                return
        is_line_of_log = event.kind == "phase" and not self._out.stderr.isatty()
        self._out.watch(event, shown=not is_line_of_log)

    def finish(self, text: str) -> None:
        """Show what is missing of the answer `text`, and end its line."""
        shown = "".join(self._message).strip()
        if not (shown and text.strip().endswith(shown)) and text.strip():
            self._part()
            self._write(text)
        if self._shown and not self._shown.endswith("\n"):
            self._write("\n")

    def _show(self, event: Event) -> None:
        if event.begins:
            self._part()
            self._message.clear()
            self._begun = ""
        self._message.append(event.text)
        whole, self._begun = controls.split_begun(self._begun + event.text)
        self._write(whole)

    def _part(self) -> None:
        """Keep what comes apart from what is there."""
        if self._shown:
            self._write(_GAP[len(self._shown) - len(self._shown.rstrip("\n")) :])

    def _write(self, text: str) -> None:
        self._out.stream(text)
        self._shown = (self._shown + text)[-len(_GAP) :]

    def _is_in_line(self) -> bool:
        """The cursor stands behind a text, where a progress line would overwrite it."""
        return self._shares_terminal and bool(self._shown) and not self._shown.endswith("\n")
