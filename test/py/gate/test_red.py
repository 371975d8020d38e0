"""Red: every way in which new tests prove nothing, and the line that the user sees."""

import pytest

from ai_sessions.gate import Files, Scope, judge_red, judge_red_changes

TESTS = ["tests/test_charge.py"]
MODULE = "ModuleNotFoundError: No module named 'src.charge'"
OLD_STARTS = ("old", MODULE)
EXISTING = ["src/gateway.py", "tests/test_charge.py", "README.md"]


def judged(scope, a_run, red, baseline=None, changed=TESTS, existing=EXISTING, said="", **more):
    before = a_run(**baseline) if baseline is not None else None
    return judge_red(scope, before, a_run(**red), Files(changed, existing, **more), said)


def test_a_do_nothing_agent_is_quoted(scope):
    verdict = judge_red_changes(scope, [], said="success")

    assert not verdict.ok
    assert verdict.reason == ('T1.2: no test file changed; nothing was run. Agent said: "success".')


def test_a_long_speech_is_cut_to_one_line(scope):
    verdict = judge_red_changes(scope, [], said="I ran\nall the tests. " * 20)

    assert "\n" not in verdict.reason
    assert len(verdict.reason) < 150


def test_what_tools_leave_behind_is_no_change(scope):
    left = ["tests/__pycache__/test_charge.cpython-311.pyc", ".pytest_cache/v/x", ".DS_Store"]

    assert judge_red_changes(scope, left).code == "nothing_changed"
    assert judge_red_changes(scope, [*left, *TESTS]).ok


def test_sources_may_not_change_yet(scope):
    verdict = judge_red_changes(scope, ["src/charge.py", *TESTS])

    assert verdict.code == "outside"
    assert verdict.reason.startswith("T1.2: src/charge.py changed while only tests were asked for")
    assert verdict.paths == ("src/charge.py",)


def test_a_test_file_that_was_deleted_proves_nothing(scope, a_run):
    verdict = judged(scope, a_run, {"failed": ["retry"]}, existing=["src/gateway.py"])

    assert verdict.code == "none"
    assert verdict.reason == "T1.2: tests/test_charge.py deleted, and no test file written"


def test_a_new_failing_test_is_red(scope, a_run):
    verdict = judged(scope, a_run, {"failed": ["retry"], "passed": ["old"]}, {"passed": ["old"]})

    assert verdict.ok
    assert verdict.reason == "T1.2: red (1 failed, 1 passed)"
    assert verdict.warnings == ()


def test_a_known_test_that_fails_now_is_red_too(scope, a_run):
    assert judged(scope, a_run, {"failed": ["old"]}, {"passed": ["old"]}).ok


@pytest.mark.parametrize(
    ("red", "code", "line"),
    [
        ({"passed": ["a"]}, "pass", "the new tests pass before the work is done: they prove no"),
        ({"skipped": ["a"]}, "none", "no test ran (1 skipped)"),
        ({}, "none", "no test ran (no test, exit 0)"),
        ({"exit_code": 124}, "crash", "the tests timed out"),
        ({"exit_code": 127, "output": "bats: command not found"}, "crash", "the test command was"),
        ({"exit_code": 139}, "crash", "the tests were killed by signal 11"),
        ({"counted": False, "exit_code": 4, "output": "x\nbad"}, "crash", "no result could be re"),
        ({"passed": ["a"], "exit_code": 1}, "exit", "every test passes and the command exits 1"),
        ({"opaque": True}, "pass", "the new tests pass before the work is done"),
        ({"opaque": True, "exit_code": 137}, "crash", "the tests were killed by signal 9"),
    ],
)
def test_what_proves_nothing_is_sent_back(scope, a_run, red, code, line):
    verdict = judged(scope, a_run, red)

    assert (verdict.ok, verdict.code) == (False, code)
    assert verdict.reason.startswith(f"T1.2: {line}")


def test_an_old_failure_is_not_this_tasks_red(scope, a_run):
    red = {"failed": ["old"], "passed": ["assert_true"]}
    verdict = judged(scope, a_run, red, {"failed": ["old"]})

    assert verdict.code == "old_failures"
    assert verdict.reason == (
        "T1.2: no new test fails; tests/test_charge.py::old failed before, "
        "and the new tests/test_charge.py::assert_true passes already"
    )


def test_changes_are_judged_first(scope, a_run):
    assert judged(scope, a_run, {"failed": ["a"]}, changed=["src/charge.py"]).code == "outside"
    assert judged(scope, a_run, {"failed": ["a"]}, changed=[], said="done").reason == (
        'T1.2: no test file changed; nothing was run. Agent said: "done".'
    )
    assert judge_red_changes(scope, []).reason.endswith("nothing was run")


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_tests_that_fail_or_cannot_start_are_not_gone(scope, a_run, outcome):
    red = {"failed": ["new"], outcome: ["old", "new"] if outcome == "failed" else [OLD_STARTS]}

    assert judged(scope, a_run, red, {"passed": ["old"]}).warnings == ()


def test_where_a_file_did_not_start_nobody_knows_which_tests_are_gone(scope, a_run):
    red = {"error": [("tests/test_charge.py", MODULE)]}

    assert judged(scope, a_run, red, {"passed": ["old"]}).warnings == ()


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_a_test_that_failed_before_is_not_told_as_gone(scope, a_run, outcome):
    verdict = judged(scope, a_run, {"failed": ["new"]}, {outcome: ["old"]})

    assert verdict.warnings == ()


@pytest.mark.parametrize(("before", "now"), [("failed", "error"), ("error", "failed")])
def test_a_test_that_failed_otherwise_before_is_an_old_failure(scope, a_run, before, now):
    verdict = judged(scope, a_run, {now: ["old"]}, {before: ["old"]})

    assert verdict.reason == ("T1.2: no new test fails; tests/test_charge.py::old failed before")


def test_a_new_test_that_passes_is_told_beside_the_old_failure(scope, a_run):
    red = {"failed": ["old"], "passed": ["known"]}
    verdict = judged(scope, a_run, red, {"failed": ["old"], "passed": ["known"]})

    assert verdict.reason.endswith("::old failed before")


def test_tests_that_disappear_are_told(scope, a_run):
    verdict = judged(scope, a_run, {"failed": ["new"]}, {"passed": ["old"]})

    assert verdict.ok
    assert verdict.warnings == (
        "T1.2: tests/test_charge.py::old passed before and is gone, renamed or skipped",
    )


def test_an_opaque_command_is_red_by_its_exit_code(scope, a_run):
    verdict = judged(scope, a_run, {"opaque": True, "exit_code": 2}, {"opaque": True})

    assert verdict.ok
    assert verdict.reason == "T1.2: red (exit 2, opaque)"


def test_an_opaque_command_that_failed_before_is_taken_with_a_warning(scope, a_run):
    before = {"opaque": True, "exit_code": 1}
    verdict = judged(scope, a_run, {"opaque": True, "exit_code": 2}, before)

    assert verdict.ok
    assert "failed before the tests were written too" in verdict.warnings[0]
    assert judged(scope, a_run, {"opaque": True, "exit_code": 2}).warnings == ()
    passed = judged(scope, a_run, {"opaque": True, "exit_code": 2}, {"opaque": True})
    assert passed.warnings == ()


# -- tests that could not start: accepted only when the task makes what is missing


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["src/charge.py"], MODULE),
        (["src/charge.py"], "ModuleNotFoundError: No module named 'charge'"),
        (["src/pay/charge.py"], "ModuleNotFoundError: No module named 'pay'"),
        (["src/pay/__init__.py"], "ModuleNotFoundError: No module named 'src.pay'"),
        (["src/**"], "ModuleNotFoundError: No module named 'src.pay.deep'"),
        (["src/*.py"], MODULE),
        (["src/gateway.py"], "ImportError: cannot import name 'charge' from 'src.gateway' (/x)"),
        (["src/gateway.py"], "AttributeError: module 'gateway' has no attribute 'charge'"),
        (
            ["src/charge.mjs"],
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/r/src/charge.mjs'",
        ),
        (["src/charge.js"], "Error: Cannot find module '../src/charge'\nRequire stack:"),
        (["src/charge/index.js"], "Error: Cannot find module '../src/charge'"),
        (
            ["src/gateway.mjs"],
            "SyntaxError: The requested module '../src/gateway.mjs' does not provide an export "
            "named 'charge'",
        ),
        (["lib/charge.bash"], "bats_load_safe: Could not find '/r/lib/charge'[.bash]"),
        (["src/charge.sh"], "/r/a.bats: line 5: src/charge.sh: No such file or directory"),
        (["src/charge.sh"], "/r/a.bats: line 4: charge: command not found"),
        (["bin/charge"], "/r/a.bats: line 4: bin/charge: command not found"),
        (["pay/charge.go"], "pay/pay_test.go:4:84: undefined: Charge"),
        (["pay/charge.go"], "no required module provides package example.com/shop/pay; to add"),
        (["src/charge.rs"], "error[E0425]: cannot find function `charge` in crate `shop`"),
        (["src/charge.rs"], "error[E0432]: unresolved import `shop::charge`"),
    ],
)
def test_a_missing_name_that_the_task_makes_is_red(a_run, sources, message):
    scope = Scope("T1.2", ("tests/test_charge.py",), tuple(sources))

    verdict = judged(scope, a_run, {"error": [("tests/test_charge.py", message)]})

    assert verdict.ok, verdict.reason


@pytest.mark.parametrize(
    "message",
    [
        "ModuleNotFoundError: No module named 'stripe'",
        "ModuleNotFoundError: No module named 'src.refund'",
        "ImportError: cannot import name 'x' from 'os' (/usr/lib/os.py)",
        "SyntaxError: invalid syntax (test_charge.py, line 3)",
        "NameError: name 'chrage' is not defined",
        "fixture 'gatway' not found",
        "Error: Cannot find module '../src/refund'",
        "/r/a.bats: line 4: jq: command not found",
        "",
    ],
)
def test_a_missing_name_of_someone_else_is_sent_back(scope, a_run, message):
    verdict = judged(scope, a_run, {"error": [("tests/test_charge.py", message)]})

    assert (verdict.ok, verdict.code) == (False, "error")
    assert "tests/test_charge.py could not start" in verdict.reason
    assert "\n" not in verdict.reason


def test_the_line_names_what_the_task_was_to_make(scope, a_run):
    message = "ModuleNotFoundError: No module named 'stripe'"
    verdict = judged(scope, a_run, {"error": [("tests/test_charge.py", message)]})

    assert verdict.reason == (
        "T1.2: tests/test_charge.py could not start: ModuleNotFoundError: No module named "
        "'stripe', which this task does not make (files.src: src/charge.py)"
    )
    assert verdict.feedback.startswith("tests/test_charge.py could not start: ")


def test_a_task_without_sources_makes_nothing(a_run):
    scope = Scope("T1.2", ("tests/test_charge.py",), ())
    verdict = judged(scope, a_run, {"error": [("tests/test_charge.py", MODULE)]})

    assert verdict.reason.endswith("which this task does not make (files.src: none)")


def test_a_module_that_is_there_is_not_missing(scope, a_run):
    red = {"error": [("tests/test_charge.py", MODULE)]}
    verdict = judged(scope, a_run, red, existing=[*EXISTING, "src/charge.py"])

    assert verdict.code == "error"
    assert verdict.reason.endswith("but it is there: the import itself is wrong")


def test_one_honest_failure_does_not_excuse_a_file_that_can_never_start(scope, a_run):
    red = {"failed": ["retry"], "error": [("other", "NameError: name 'nope' is not defined")]}

    assert judged(scope, a_run, red).code == "error"


def test_a_file_broken_before_and_not_touched_is_not_blamed(scope, a_run):
    broken = {"error": [("tests/test_old.py", "ModuleNotFoundError: No module named 'gone'")]}

    assert judged(scope, a_run, {**broken, "failed": ["retry"]}, broken).ok


def test_a_file_broken_before_counts_once_it_is_rewritten(scope, a_run):
    broken = {"error": [("tests/test_charge.py", MODULE)]}

    assert judged(scope, a_run, broken, broken).ok


# -- tests that are skipped


def test_a_test_that_is_skipped_from_the_beginning_is_sent_back(scope, a_run):
    verdict = judged(scope, a_run, {"failed": ["retry"], "skipped": ["differs"]}, {"passed": ["o"]})

    assert (verdict.ok, verdict.code) == (False, "skipped")
    assert verdict.reason == (
        "T1.2: tests/test_charge.py::differs is skipped; a test that does not run proves nothing"
    )
    assert "no skip, xfail, todo, ignore" in verdict.feedback


def test_a_test_that_passed_before_may_not_be_skipped_now(scope, a_run):
    red = {"failed": ["retry"], "skipped": ["old"]}

    assert judged(scope, a_run, red, {"passed": ["old"]}).code == "skipped"
    assert judged(scope, a_run, red, {"skipped": ["old"]}).ok


def test_of_a_file_that_cannot_start_its_text_tells(scope, a_run):
    red = {"error": [("tests/test_charge.py", MODULE)]}
    mark = "@pytest.mark.xfail\ndef test_a(): pass\n"

    verdict = judged(scope, a_run, red, texts={TESTS[0]: ("", mark)})

    assert verdict.code == "skipped"
    assert "a test of tests/test_charge.py is skipped (mark.xfail)" in verdict.reason
    assert judged(scope, a_run, red, texts={TESTS[0]: (mark, mark)}).ok
    assert judged(scope, a_run, {"failed": ["retry"]}, texts={TESTS[0]: ("", mark)}).ok


# -- where what is missing is looked for


def test_a_module_behind_a_link_is_the_tasks_own(a_run):
    scope = Scope("T1.2", ("tests/test_charge.py",), ("packages/core/three.js",))
    place = "/repo/node_modules/@x/core/three.js"
    red = {"error": [("tests/test_charge.py", f"Error: Cannot find module '{place}'")]}

    assert judged(scope, a_run, red).code == "error"
    assert judged(scope, a_run, red, links={place: "packages/core/three.js"}).ok
    assert not judged(scope, a_run, red, links={place: "packages/core/four.js"}).ok


def test_another_copy_of_the_tasks_module_is_told_with_both_places(scope, a_run):
    other = "/usr/lib/python3/dist-packages/src/charge.py"
    message = f"ImportError: cannot import name 'retry' from 'src.charge' ({other})"
    verdict = judged(scope, a_run, {"error": [("tests/test_charge.py", message)]})

    assert verdict.code == "installed"
    assert verdict.reason == (
        f"T1.2: tests/test_charge.py imports src.charge from {other}, not from src/charge.py"
    )
    here = message.replace("/usr/lib/python3/dist-packages", "/home/dev/repo")
    assert judged(scope, a_run, {"error": [("tests/test_charge.py", here)]}).ok


JS = Scope("T1.1", ("a.test.js",), ("a.js",))


@pytest.mark.parametrize(
    "call", ["toMatchInlineSnapshot()", "toThrowErrorMatchingInlineSnapshot( )"]
)
def test_an_inline_snapshot_without_its_value_is_sent_back(call):
    verdict = judge_red_changes(
        JS, ["a.test.js"], texts={"a.test.js": ("", f"expect(a()).{call};\n")}
    )

    assert verdict.code == "snapshot"
    assert verdict.reason.startswith(f"T1.1: a.test.js has {call} without the value")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "expect(a()).toMatchInlineSnapshot(`1`);"),
        ("", "expect(a()).toMatchSnapshot();"),
        ("expect(a()).toMatchInlineSnapshot();", "expect(a()).toMatchInlineSnapshot();\n// more"),
    ],
    ids=["with its value", "in a file", "there before"],
)
def test_what_has_its_value_or_was_there_is_no_matter(before, after):
    assert judge_red_changes(JS, ["a.test.js"], texts={"a.test.js": (before, after)}).ok
