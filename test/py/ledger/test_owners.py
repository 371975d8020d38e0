"""Whether the process of a lease is still there."""

import os
import subprocess
import sys

import pytest

from ai_sessions.ledger import owners
from ai_sessions.ledger.owners import Owner


def test_we_are_there():
    assert not owners.ourselves().is_gone(0)


@pytest.mark.parametrize("changed", ["pid", "start"])
def test_one_of_another_number_or_start_is_gone(changed):
    we = owners.ourselves()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    other = Owner(ended.pid if changed == "pid" else we.pid, f"{we.start}0", we.machine)

    assert other.is_gone(2**62)


def test_one_of_a_machine_that_cannot_be_asked_is_gone_when_its_time_is_over():
    other = Owner(os.getpid(), "", "another")

    assert other.is_gone(owners.now() - 1)
    assert not other.is_gone(owners.now() + 10**9)
