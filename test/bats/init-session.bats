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

@test "init-session: --help tells about this script, not about another" {
  run --separate-stderr -0 init-session.sh --help
  [[ ${lines[0]} == 'Usage: init-session.sh'* ]]
}
