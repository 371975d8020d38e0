"""Deno: what the test task allows, every run is allowed."""

import pytest

from ai_sessions.detection.deno import deno


@pytest.mark.parametrize(
    ("text", "test", "suite"),
    [
        ("{}", "deno test {tests}", "deno test"),
        ("{not json", "deno test {tests}", "deno test"),
        (
            '{"tasks": {"test": "deno test -A --watch tests/"}}',
            "deno test -A {tests}",
            "deno task test",
        ),
        (
            '{"tasks": {"test": {"command": "deno test --allow-read"}}}',
            "deno test --allow-read {tests}",
            "deno task test",
        ),
        (
            '{\n  // "tasks": {},\n  "tasks": {"test": "deno test -A", /* or */ }, // "x"\n}',
            "deno test -A {tests}",
            "deno task test",
        ),
        (
            '{"tasks": {"test": "deno task b && deno test -A"}, "x": "http://a,}"}',
            "deno test -A {tests}",
            "deno task test",
        ),
        ("/*" * 200_000, "deno test {tests}", "deno test"),
        ('{"tasks": {"test": "echo \'"}}', "deno test {tests}", "deno task test"),
        ('{"tasks": {"test": "sh run.sh -x"}}', "deno test {tests}", "deno task test"),
    ],
)
def test_the_task_says_what_tests_may_do(made, text, test, suite):
    found = deno(made({"deno.jsonc": text}))

    assert (" ".join(found.test), " ".join(found.suite)) == (test, suite)


def test_without_settings_there_is_nothing(made):
    assert deno(made({"a_test.ts": ""})) is None
