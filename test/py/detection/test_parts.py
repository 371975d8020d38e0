"""The parts of a repository that have tools of their own."""

import pytest

from ai_sessions.detection.parts import parts_of


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (["package.json", "src/a.js"], []),
        (["apps/web/package.json", "services/api/pyproject.toml"], ["apps/web", "services/api"]),
        (["go.mod", "tools/go.mod"], ["tools"]),
        (["web/package.json", "web/packages/x/package.json"], ["web"]),
        (["web/package.json", "web-api/package.json"], ["web", "web-api"]),
        (["backend/manage.py", "backend/shop/tests.py"], ["backend"]),
        (["api/Pipfile"], ["api"]),
        (["api/requirements.txt", "api/tests/test_a.py"], ["api"]),
        (["api/requirements.txt", "api/app.py", "tests/test_a.py"], []),
        (["pyproject.toml", "api/requirements.txt", "api/tests/test_a.py"], []),
        (["test/fixtures/a/package.json", "examples/b/package.json"], []),
        (["docs/package.json", "packages/x/test/package.json"], []),
    ],
)
def test_a_part_is_an_outermost_folder_with_a_manifest(made, names, places):
    found = parts_of(made(dict.fromkeys(names, "")))

    assert [part.place for part in found] == places
