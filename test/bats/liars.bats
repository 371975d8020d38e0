#!/usr/bin/env bats
# Agents that say they are done and are not: the line a user sees, and what is left afterwards.

load helper

CASE='import unittest

class T(unittest.TestCase):
'

# lies STEP FILE TEXT [FILE TEXT…]: at that step of T1.1 the agent writes these, and says success.
lies() {
  needs_jq
  local files='{}' step=$1
  shift
  while (($#)); do
    files=$(jq --arg name "$1" --arg text "$2" '.[$name] = ($text | split("\n"))' <<<"$files")
    shift 2
  done
  use_claude honest
  export FAKE_CLAUDE_TURNS=$WORK/turns.json
  jq --arg step "$step" --argjson files "$files" '
    (.turns[] | select(.purpose == $step and .task == "T1.1"))
      |= (.files = $files | .said = "All tests pass.")
  ' "$ROOT/pylib/ai_sessions/providers/recording/turns.json" >"$FAKE_CLAUDE_TURNS"
}

# refused TEXT [OPTION…]: T1.1 ends with 5 and this line; nothing of the work is left or committed.
refused() {
  local text=$1
  shift
  run --separate-stderr -5 implement.sh payment-gateway --task T1.1 "$@"
  one_error
  says "$text"
  [[ $(git log --format=%s) != *feat* && ! -e gateway.py ]]
  [[ $(status.sh payment-gateway) == *'0/2 done'* ]]
  [[ -z $(git status --porcelain -- . ':!.ai-session') ]]
}

@test "liars: a test that asserts nothing" {
  planned_feature
  lies red tests/__init__.py '' tests/test_gateway.py "$CASE    def test_a(self):
        assert True
"
  refused 'error: T1.1: the new tests pass before the work is done: they prove nothing'
}

@test "liars: tests that are all skipped" {
  planned_feature
  lies red tests/__init__.py '' tests/test_gateway.py "$CASE    @unittest.skip('later')
    def test_a(self):
        self.fail()
"
  refused 'error: T1.1: no test ran (1 skipped)'
}

@test "liars: a test file without a test" {
  planned_feature
  lies red tests/__init__.py '' tests/test_gateway.py 'import unittest
'
  refused 'error: T1.1: no test ran (no test, exit '
  says ' Agent said: "All tests pass.".'
}

@test "liars: tests that can never start" {
  planned_feature
  lies red tests/__init__.py '' tests/test_gateway.py "import nowhere_at_all
$CASE    def test_a(self):
        self.fail()
"
  refused "No module named 'nowhere_at_all', which this task does not make (files.src: gateway.py)"
}

@test "liars: work that is not there, and 'all tests pass'" {
  planned_feature
  use_claude liar
  refused 'still fails'
}

@test "liars: tests emptied to make them pass" {
  planned_feature
  use_claude edits-tests
  refused 'error: T1.1: tests/test_gateway.py changed after red; frozen tests may not be edited'
  grep -q 'assert' tests/test_gateway.py
}

@test "liars: tests deleted to make them pass" {
  planned_feature
  use_claude deletes-tests
  refused 'error: T1.1: tests/test_gateway.py changed after red; frozen tests may not be edited'
  [[ -s tests/test_gateway.py ]]
}

@test "liars: a runner that is told to choose other tests" {
  planned_feature
  lies green gateway.py '' tests/__init__.py 'def load_tests(loader, tests, pattern):
    return loader.suiteClass()
'
  refused 'tests/__init__.py changed after red'
}

@test "liars: sources outside the task's files are told, and refused with --strict-files" {
  planned_feature
  use_claude outsider
  refused 'outside.txt changed while only tests were asked for' --strict-files
  run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  says 'T1.1: outside.txt changed in the step for tests: left alone, and in no commit'
  [[ -e outside.txt && -z $(git log --format=%s -- outside.txt) ]]
}

@test "liars: tests without teeth are told, and refused with --strict" {
  needs_jq
  planned_feature
  sed 's/- gateway.py/- gateway.py\n          - fees.py/' .ai-session/payment-gateway/plan.yaml >plan
  mv plan .ai-session/payment-gateway/plan.yaml
  local gateway
  gateway=$(jq -r '.turns[] | select(.purpose == "green" and .task == "T1.1") |
    .files["gateway.py"] | join("\n")' "$ROOT/pylib/ai_sessions/providers/recording/turns.json")
  lies green gateway.py "$gateway" fees.py 'FEE = 1'
  refused 'no test notices the old version of fees.py' --strict
  run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  says 'warning: T1.1: no test notices the old version of fees.py'
}

@test "liars: an agent that is killed while it writes ends with 9, and the next run goes on" {
  planned_feature
  use_claude killed-writing
  run --separate-stderr -9 implement.sh payment-gateway --task T1.1
  one_error
  [[ $(git log --format=%s) != *T1.1* && $(status.sh payment-gateway) == *'0/2 done'* ]]
  run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  says 'T1.1: an interrupted run left changes; the agent goes on with that'
  says 'T1.1 done'
}

@test "liars: a source that makes every test pass" {
  planned_feature
  lies green gateway.py 'import unittest
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *_a, **_k: None)
def __getattr__(_name):
    return lambda *_a, **_k: __import__("unittest.mock").mock.MagicMock()
'
  refused 'the work decides what is reported'
}

@test "liars: a module that stands in for the test tool is put back" {
  planned_feature
  lies green unittest.py 'print("OK")
' gateway.py 'pass
'
  refused 'still fails'
  says 'put back unittest.py (it decides how tests run)'
}

@test "liars: tests that pass by themselves the second time" {
  planned_feature
  lies red tests/__init__.py '' tests/test_gateway.py "import os
$CASE    def test_a(self):
        been = os.path.exists('$WORK/been')
        open('$WORK/been', 'w').close()
        self.assertTrue(been)
"
  refused 'the tests pass without the work too now: something else decides them'
}
