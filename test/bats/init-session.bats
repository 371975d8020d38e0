#!/usr/bin/env bats
# init-session.sh: the workspace of a new feature.

load helper

@test "init-session: it lays out the workspace and says what to type next" {
  new_repository
  run --separate-stderr -0 init-session.sh payment-gateway
  [[ -f .ai-session/payment-gateway/spec.md && -f .ai-session/config.yaml ]]
  [[ ${lines[${#lines[@]} - 1]} == 'Next: plan.sh payment-gateway'* ]]
  [[ ! -e $SESSION_DIR ]]
}

@test "init-session: a second time it changes nothing" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  printf 'mine\n' >.ai-session/payment-gateway/spec.md
  run --separate-stderr -0 init-session.sh payment-gateway
  [[ $(cat .ai-session/payment-gateway/spec.md) == mine ]]
}

@test "init-session: it says how tests run, and what it does not know" {
  new_repository
  printf '{"devDependencies": {"vitest": "3"}}\n' >package.json
  printf '' >pnpm-lock.yaml
  run --separate-stderr -0 init-session.sh payment-gateway
  says '  test: pnpm exec vitest run --coverage.enabled=false {tests}'
  says '  opaque: the tests of vitest are not counted yet, only the exit code speaks'
  rm -r .ai-session package.json pnpm-lock.yaml shop.py
  printf '' >main.c
  run --separate-stderr -0 init-session.sh payment-gateway
  says '  no test command is known (no file names a test tool): write in .ai-session/config.yaml: '
}

@test "init-session: without a feature it shows its usage and exits 2" {
  run --separate-stderr -2 init-session.sh
  [[ -z $output && $stderr == *'Usage: init-session.sh FEATURE'* ]]
}

@test "init-session: a name that is a path is refused with a suggestion, exit 2" {
  new_repository
  run --separate-stderr -2 init-session.sh ../x
  one_error
  says 'hint: try: init-session.sh x'
  [[ -z $(git status --porcelain) && ! -e ../x ]]
}

@test "init-session: outside of a repository it is one line, exit 3" {
  run --separate-stderr -3 init-session.sh payment-gateway
  one_error
  says 'not in a git repository'
}

@test "init-session: a template makes a plan that --check has nothing to say about" {
  new_repository
  run --separate-stderr -0 init-session.sh payment-gateway 'Take payments' --template feature
  [[ ${lines[${#lines[@]} - 1]} == 'Next: implement.sh payment-gateway --task T1.1' ]]
  run --separate-stderr -0 plan.sh payment-gateway --check
  [[ ${lines[0]} == *'plan.yaml: valid' && ${#lines[@]} == 2 ]]
  run --separate-stderr -2 init-session.sh payment-gateway --template bugfix
  says 'has a plan already; it is not written over'
}

@test "init-session: --templates lists them, and an unknown one is told with those there are" {
  new_repository
  run --separate-stderr -0 init-session.sh --templates
  [[ ${lines[0]} == 'bugfix '* && ${lines[1]} == 'feature '* ]]
  run --separate-stderr -4 init-session.sh payment-gateway --template nope
  one_error
  says '(there are: bugfix, feature)'
  [[ -z $(git status --porcelain) ]]
}

@test "init-session: a template that is no plan is refused with its line, exit 3" {
  new_repository
  printf 'title: X\nphases:\n  - {id: P1, title: P, tasks: [{id: x, title: T}]}\n' >"$WORK/t.yaml"
  run --separate-stderr -3 init-session.sh payment-gateway --template "$WORK/t.yaml"
  one_error
  says "t.yaml:3: not a task id: 'x'"
  [[ -z $(git status --porcelain) ]]
}

@test "init-session: --help tells about this script, not about another" {
  run --separate-stderr -0 init-session.sh --help
  [[ ${lines[0]} == 'Usage: init-session.sh'* ]]
}
