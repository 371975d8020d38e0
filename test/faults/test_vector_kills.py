"""kill -9 while vectors are made, and several who make them: none is lost, none is made twice
by one after the other, and what is found is right.
"""

import os
import signal

import pytest

from ai_sessions.index import Index, vectors
from ai_sessions.index.meaning import Meaning
from ai_sessions.records import About, Message, Said
from concepts import Concepts

COUNT = 20


class Mortal(Concepts):
    """Dies before it makes its vectors for the `last`th time."""

    def __init__(self, last):
        super().__init__()
        self.last = last

    def embed(self, texts):
        self.last -= 1
        if not self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


@pytest.fixture
def index(root, faults):
    store = faults.store(root)
    store.ensure(faults.name, About(kind="chat"))
    said = [Said(Message("user", f"Ship number {number}")) for number in range(COUNT)]
    store.append(faults.name, said)
    return Index(store.source(), str(root), worthwhile=0)


@pytest.mark.parametrize(("last", "kept"), [(1, 0), (2, 8), (3, 16)])
def test_who_is_killed_while_vectors_are_made_has_kept_those_before(index, faults, last, kept):
    _said, code = faults.run(lambda _say: Meaning(Mortal(last), index.folder).fill(index))
    assert code == -signal.SIGKILL

    filled = Meaning(Concepts(), index.folder).fill(index)

    assert (filled.made, filled.left) == (COUNT - kept, 0)


@pytest.mark.parametrize("strike", ["die", "die_half_way"])
def test_death_at_any_system_call_leaves_what_the_next_one_completes(index, faults, strike):
    """Python's own calls; those of SQLite are its own."""
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1

        def fill(_say, number=number):
            faults.intercept(number, getattr(faults, strike))
            Meaning(Concepts(), index.folder).fill(index)

        _said, code = faults.run(fill)
    assert (code, number > 1) == (0, True)
    assert Meaning(Concepts(), index.folder).fill(index).made == 0


def test_several_who_make_them_at_once_end_with_each_once(index, faults):
    def fill(say):
        say(str(Meaning(Concepts(), index.folder).fill(index).left))

    children = [faults.fork(fill) for _ in range(3)]

    for pid, said in children:
        with said:
            assert said.read() == "0\n"
        assert faults.wait(pid) == 0
    assert len(vectors._digests(index.folder)) == COUNT
