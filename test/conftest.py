"""For all tests: Ctrl-C is heard, also when they run in the background, where it is ignored; a time
zone of this machine's own for the tests that ask for one.
"""

import signal
import time
from collections.abc import Callable, Iterator

import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def local_zone() -> Iterator[Callable[[str], None]]:
    """Make a time zone this machine's own, until the test ends."""
    with pytest.MonkeyPatch.context() as patch:

        def set_to(name: str) -> None:
            patch.setenv("TZ", name)
            time.tzset()

        yield set_to
    time.tzset()
