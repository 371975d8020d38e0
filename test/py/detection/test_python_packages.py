"""Which Python runs the tests, and what makes its environment."""

import pytest

from ai_sessions.detection.python_packages import has_environment, python_of

POETRY = {"poetry.lock": "", "pyproject.toml": "[tool.poetry]"}
HATCH = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\n'


@pytest.mark.parametrize(
    ("files", "python", "is_there"),
    [
        ({}, "python3", True),
        ({".venv/bin/python": ""}, ".venv/bin/python", True),
        ({"venv/bin/python": ""}, "venv/bin/python", True),
        ({"uv.lock": "", "venv/bin/python": ""}, "venv/bin/python", True),
        ({"uv.lock": ""}, ".venv/bin/python", False),
        ({"pyproject.toml": "[tool.uv]\ndev-dependencies = []\n"}, ".venv/bin/python", False),
        ({"pdm.lock": ""}, ".venv/bin/python", False),
        (POETRY, "poetry run python", True),
        ({**POETRY, ".venv/bin/python": ""}, ".venv/bin/python", True),
        (
            *({**POETRY, "poetry.toml": "[virtualenvs]\nin-project = true\n"},),
            *(".venv/bin/python", False),
        ),
        ({"Pipfile": ""}, "pipenv run python", True),
        ({"pyproject.toml": HATCH, "requirements.txt": ""}, "python3", True),
    ],
)
def test_the_python_of_the_project_is_taken(made, files, python, is_there):
    found = made(files)

    assert " ".join(python_of(found)) == python
    assert has_environment(found) is is_there


def test_a_python_that_cannot_be_started_is_none(made, tmp_path):
    found = made({".venv/bin/python": ""})
    (tmp_path / ".venv/bin/python").chmod(0o644)

    assert python_of(found) == ("python3",)
