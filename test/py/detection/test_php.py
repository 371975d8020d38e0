"""PHP: PHPUnit takes more than one file since 10.4, Pest always did."""

import pytest

from ai_sessions.detection.php import php


@pytest.mark.parametrize(
    ("version", "test"),
    [
        ("^11.0", "vendor/bin/phpunit {tests}"),
        ("^10.4", "vendor/bin/phpunit {tests}"),
        ("^10.0", "vendor/bin/phpunit"),
        ("^9.6 || ^11.0", "vendor/bin/phpunit"),
        ("*", "vendor/bin/phpunit"),
    ],
)
def test_files_are_given_where_every_version_takes_them(made, version, test):
    text = f'{{"require-dev": {{"phpunit/phpunit": "{version}"}}}}'

    assert " ".join(php(made({"composer.json": text})).test) == test


@pytest.mark.parametrize(
    ("text", "tool", "suite"),
    [
        ('{"require-dev": {"pestphp/pest": "*"}}', "pest", "vendor/bin/pest"),
        (
            '{"require": {"pestphp/pest": "*", "phpunit/phpunit": "^9"},'
            ' "scripts": {"test": "pest"}}',
            *("pest", "composer test"),
        ),
    ],
)
def test_pest_comes_first(made, text, tool, suite):
    found = php(made({"composer.json": text}))

    assert (found.tool, found.test[-1], " ".join(found.suite)) == (tool, "{tests}", suite)


@pytest.mark.parametrize("text", ["{}", "[]", '{"require-dev": []}'])
def test_without_a_test_tool_there_is_nothing(made, text):
    assert php(made({"composer.json": text})) is None


def test_a_manifest_that_cannot_be_read_is_told(made):
    found = php(made({"composer.json": '{"require-dev": {},}', "tests/ATest.php": ""}))

    assert (found.tool, found.files) == ("", 1)
    assert found.sign.startswith("composer.json is no JSON: ")
