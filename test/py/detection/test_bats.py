"""Shell tests: which bats, and where."""

import pytest

from ai_sessions.detection.bats import bats


@pytest.mark.parametrize(
    ("files", "suite"),
    [
        ({"test/b.bats": "", "t/a.bats": ""}, "bats t test"),
        ({"a.bats": ""}, "bats a.bats"),
        ({"test/a.bats": "", "test/fixtures/x.bats": "", "test/libs/y.bats": ""}, "bats test"),
        ({"test/a.bats": "", "bin/bats": ""}, "bin/bats test"),
        ({"test/a.bats": "", "test/bats/bin/bats": ""}, "test/bats/bin/bats test"),
        (
            {
                **{"test/a.bats": "", "test/bats/bin/bats": "", "test/bats/test/b.bats": ""},
                "test/test_helper/bats-assert/test/c.bats": "",
            },
            "test/bats/bin/bats test",
        ),
        (
            {"test/a.bats": "", "package.json": '{"devDependencies": {"bats": "1"}}'},
            "npx --no-install bats test",
        ),
    ],
)
def test_the_folders_of_tests_are_the_suite(made, files, suite):
    found = bats(made(files))

    assert (" ".join(found.suite), found.test[-1], found.runner) == (suite, "{tests}", "bats")


def test_without_test_files_there_is_nothing(made):
    assert bats(made({"a.sh": "", "test/fixtures/a.bats": ""})) is None
