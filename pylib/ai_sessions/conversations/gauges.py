"""How full conversations were when they were last looked at, so that not each new message makes the
end of a log be read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

#: How many conversations are remembered.
MOST = 1_000


class Gauges:
    """Tokens that a model is told, by the uid of a session. Safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._mutex = threading.Lock()

    def may_have(self, uid: str, tokens: float, at_most: int) -> bool:
        """Whether a model may be told that many tokens by now. `at_most`: tokens of all that was
        ever said in the session; by as much as that has grown, what is told may have.
        """
        with self._mutex:
            told, then = self._seen.get(uid, (0, 0))
        return told + at_most - then >= tokens

    def set(self, uid: str, told: int, at_most: int) -> None:
        """What was found: tokens that are told, and what `at_most` was then."""
        with self._mutex:
            self._seen[uid] = told, at_most
            self._seen.move_to_end(uid)
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
