"""What the disk refuses, as a failure that is told."""

import errno

import pytest

from ai_sessions.disk import refusals


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_refusal_names_its_place(number):
    told = refusals.told(OSError(number, "it says no", "/a/file"))

    assert told is not None
    assert (told.kind, told.message) == ("storage", "/a/file: it says no")


def test_without_a_place_the_reason_is_told_alone():
    told = refusals.told(OSError(errno.ENOSPC, "it is full"))

    assert told is not None
    assert told.message == "it is full"


@pytest.mark.parametrize(
    "error", [OSError(errno.EBADF, "bad"), FileNotFoundError(2, "x"), ValueError()]
)
def test_anything_else_may_be_a_mistake_of_ours(error):
    assert refusals.told(error) is None
