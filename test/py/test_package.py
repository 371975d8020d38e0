"""`import ai_sessions`: light, and every name there when it is asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

import ai_sessions


def test_importing_it_imports_nothing():
    program = """
import sys
before = {*sys.modules}
import ai_sessions
print({*sys.modules} - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(ai_sessions.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "{'ai_sessions'}\n"


@pytest.mark.parametrize("name", ai_sessions.__all__)
def test_every_name_is_there_and_stays_what_it_is(name):
    found = getattr(ai_sessions, name)

    assert ai_sessions.__dict__[name] is found
    assert name in dir(ai_sessions)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'SesionManager'"):
        ai_sessions.SesionManager  # noqa: B018


def test_the_names_that_are_loaded_late_are_those_that_it_offers():
    assert {*ai_sessions.__all__} - {"__version__"} == {*ai_sessions._NAMES}
