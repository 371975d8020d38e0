"""Go modules."""

from ai_sessions.detection.go import go


def test_a_module_is_tested_by_go(made):
    found = go(made({"go.mod": "", "a_test.go": "", "b/b_test.go": ""}))

    assert (found.test, found.suite) == (("go", "test", "{tests}"), ("go", "test", "./..."))
    assert (found.runner, found.files) == ("go", 2)


def test_the_top_of_a_workspace_without_a_module_is_none(made):
    assert go(made({"go.work": "use ./a\n", "a/go.mod": ""})) is None
