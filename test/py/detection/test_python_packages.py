"""Which Python runs the tests, and what makes its environment."""

import pytest

from ai_sessions.detection.python_packages import has_environment, install, python_of

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


VENV = {".venv/bin/python": ""}
MAKE = "python3 -m venv .venv && .venv/bin/python -m pip install -q"


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({}, ""),
        ({"requirements.txt": ""}, ""),
        ({**VENV, "requirements.txt": ""}, f"{MAKE} -r requirements.txt"),
        (
            {**VENV, "requirements.txt": "", "requirements/test.txt": "", "setup.py": ""},
            f"{MAKE} -r requirements.txt -r requirements/test.txt -e .",
        ),
        (
            {
                **VENV,
                "pyproject.toml": f'{HATCH}[project.optional-dependencies]\ntest = ["pytest>=8"]\n',
            },
            f"{MAKE} -e .[test]",
        ),
        (
            {**VENV, "pyproject.toml": f'{HATCH}[dependency-groups]\ndev = ["pytest"]\n'},
            f"{MAKE} -e . --group dev",
        ),
        ({**VENV, "pyproject.toml": "[tool.ruff]\n"}, ""),
        ({"uv.lock": ""}, "uv sync --frozen"),
        ({"pyproject.toml": "[tool.uv]\nmanaged = true\n"}, "uv sync"),
        (
            {"uv.lock": "", "pyproject.toml": '[dependency-groups]\ntests = ["pytest"]\n'},
            "uv sync --frozen --group tests",
        ),
        (
            {
                "uv.lock": "",
                "pyproject.toml": '[dependency-groups]\ntests = ["pytest"]\n'
                '[tool.uv]\ndefault-groups = ["dev", "tests"]\n',
            },
            "uv sync --frozen",
        ),
        (
            {
                "uv.lock": "",
                "pyproject.toml": '[project.optional-dependencies]\nother = ["pytest-x"]\n'
                'test = ["pytest"]\n',
            },
            "uv sync --frozen --extra test",
        ),
        ({"poetry.lock": ""}, "poetry install --no-interaction"),
        ({"pdm.lock": ""}, "pdm sync"),
        ({"Pipfile.lock": ""}, "pipenv sync --dev"),
    ],
)
def test_the_environment_is_made_by_the_tool_of_the_project(made, files, commands):
    assert " && ".join(map(" ".join, install(made(files)))) == commands


def test_an_extra_with_an_odd_name_is_put_into_no_command(made):
    text = '[project]\n[project.optional-dependencies]\n"a; rm" = ["pytest"]\n'

    assert install(made({**VENV, "pyproject.toml": text}))[1][-2:] == ("-e", ".")
