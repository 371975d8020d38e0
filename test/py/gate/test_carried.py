"""What was proved is what a commit carries; each refusal names its files and what to do."""

import pytest

from ai_sessions.gate import faked, judge_carried, judge_fresh, judge_moved, unmoved


@pytest.mark.parametrize(("judge", "given"), [(judge_carried, ([], {})), (judge_moved, ([],))])
def test_where_no_file_is_named_nothing_is_wrong(scope, judge, given):
    verdict = judge(scope, *given)

    assert (verdict.ok, verdict.reason, verdict.code) == (True, "", "")


def test_a_link_or_an_inner_repository_is_refused(scope):
    verdict = judge_carried(scope, ["lib", "src/link"], {"dump.bin": 300 << 20})

    assert (verdict.ok, verdict.code, verdict.paths) == (False, "unseen", ("lib", "src/link"))
    assert verdict.reason == (
        "T1.2: lib, src/link is a link or a repository of its own: "
        "a commit would hold its name, not its content"
    )
    assert verdict.feedback == "Make these plain files and folders: lib, src/link"


def test_a_file_that_servers_do_not_take_is_refused_with_its_size(scope):
    verdict = judge_carried(scope, [], {"dump.bin": 300 << 20})

    assert (verdict.ok, verdict.code, verdict.paths) == (False, "unseen", ("dump.bin",))
    told = "dump.bin (300 MB) is too large for a commit, and none of the task's files"
    assert verdict.reason == f"T1.2: {told}"
    assert verdict.feedback == "Remove these files, or have git ignore them: dump.bin"


def test_tests_that_fail_in_a_fresh_checkout_are_refused(scope, a_run):
    run = a_run(failed=["a"], output="E  no data.json")
    verdict = judge_fresh(scope, run, ["data.json"])

    assert (verdict.ok, verdict.code) == (False, "unseen")
    assert verdict.reason == (
        "T1.2: the tests pass here and not in a fresh checkout (1 failed); git ignores data.json"
    )
    assert verdict.feedback.endswith("it fails:\nE  no data.json")


def test_files_that_changed_while_tests_ran_are_refused(scope):
    verdict = judge_moved(scope, ["src/charge.py"])

    assert (verdict.ok, verdict.code, verdict.paths) == (False, "unseen", ("src/charge.py",))
    assert verdict.reason.startswith("T1.2: src/charge.py changed while the tests ran")
    assert verdict.feedback.endswith("writes these files: src/charge.py")


def test_tests_that_pass_without_the_work_are_refused(scope):
    verdict = unmoved(scope)

    assert (verdict.ok, verdict.code) == (False, "unmoved")
    assert verdict.reason == f"T1.2: {verdict.feedback}"
    assert "pass without the work too now" in verdict.reason


def test_planted_tests_that_pass_are_refused(scope):
    verdict = faked(scope, "passed (1 of 9)")

    assert (verdict.ok, verdict.code) == (False, "faked")
    assert verdict.reason == f"T1.2: {verdict.feedback}"
    assert verdict.feedback.startswith("tests that must fail passed (1 of 9): the work decides")
