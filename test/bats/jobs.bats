#!/usr/bin/env bats
# implement.sh --all --jobs: tasks at the same time, in working trees of their own.

load helper

# turn TASK STEP FILE TEXT: what the agent does at a step, as JSON.
turn() {
  jq -n --arg task "$1" --arg step "$2" --arg file "$3" --arg text "$4" \
    '{purpose: $step, task: $task, files: {($file): ($text | split("\n"))}, said: "done"}'
}

# parts NAME…: a plan with a task for each name, done by the stand-in for Claude Code. A name with a
# comma (`two,one`) also changes the files of the other.
parts() {
  needs_jq
  local number=0 name more
  new_repository
  init-session.sh shop >/dev/null 2>&1
  {
    printf 'schema: 1\nfeature: shop\ntitle: Shop\ndefaults:\n'
    printf '  test: {runner: unittest, cmd: [python3, -m, unittest, "{tests}"]}\n'
    printf '  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}\n'
    printf 'phases:\n  - id: P1\n    title: Parts\n    tasks:\n'
    for name; do
      number=$((number + 1)) more=${name#*,} name=${name%,*}
      printf '      - id: T1.%s\n        title: Part %s\n' "$number" "$name"
      printf '        files: {src: [%s.py, %s.py], tests: [test_%s.py]}\n' "$name" "$more" "$name"
    done
  } >.ai-session/shop/plan.yaml
  number=0
  for name; do
    number=$((number + 1)) name=${name%,*}
    turn "T1.$number" red "test_$name.py" "import unittest
import $name

class T(unittest.TestCase):
    def test_it(self):
        self.assertEqual($name.it(), '$name')
"
    turn "T1.$number" green "$name.py" "def it():
    return '$name'
"
  done | jq -s '{turns: .}' >"$WORK/turns.json"
  git add . && git commit -qm Plan
  use_claude meets
  export FAKE_CLAUDE_TURNS=$WORK/turns.json FAKE_CLAUDE_MEET=2
}

@test "jobs: two tasks that share no file are done at the same time, each for itself" {
  parts one two
  run --separate-stderr -0 implement.sh shop --all --jobs 2
  says 'T1.1 done'
  says 'T1.2 done'
  [[ $(git log --format=%s | head -4) == 'feat(shop): T1.2 Part two
test(shop): T1.2 red
feat(shop): T1.1 Part one
test(shop): T1.1 red' ]]
  # no cross-talk: each commit has the files of its task alone, each conversation its own prompts
  [[ $(git show --format= --name-only HEAD -- '*.py') == two.py ]]
  [[ $(git show --format= --name-only HEAD~2 -- '*.py') == one.py ]]
  run -0 ai-session.sh show implement-shop-t1.2 --transcript
  [[ $output == *T1.2* && $output != *T1.1* ]]
  run --separate-stderr -0 verify.sh shop --evidence-only
  [[ -z $(git status --porcelain -- . ':!.ai-session') && $(git worktree list | wc -l) -eq 1 ]]
}

@test "jobs: tasks that share a file are not done together, and it says why" {
  parts one two,one
  FAKE_CLAUDE=honest run --separate-stderr -0 implement.sh shop --all --jobs 2
  says 'T1.2 waits: T1.1 and T1.2 both change one.py'
  says 'T1.2 done'
  [[ ! -e $SESSION_DIR/implement-shop-t1.2 ]]
}
