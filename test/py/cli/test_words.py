"""Types of what is typed work with every version of click that we say we work with."""

import subprocess
import sys
from pathlib import Path

import ai_sessions

PACKAGE = Path(ai_sessions.__file__).parent.parent


def test_a_type_of_an_earlier_click_that_takes_no_parameter_will_do():
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE)!r})\n"
        "import click\n"
        "click.ParamType = type('ParamType', (), {'name': ''})\n"
        "from ai_sessions.cli import words\n"
        "print(words.Name.__mro__[-2] is click.ParamType)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (told.stdout, told.stderr) == ("True\n", "")
