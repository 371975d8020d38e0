#!/usr/bin/env bats
# review.sh: findings about a change, with a plan or without one.

load helper

# A branch with one commit, of a project that never saw us.
changed_branch() {
  new_repository
  git switch -q -c pay
  printf 'RATE = 1\n' >>shop.py
  git commit -q -a -m 'Add a rate'
}

# no_findings: a server that has nothing to complain about.
no_findings() {
  local url
  serve openai '[{"text": "{\"summary\": \"fine\", \"findings\": []}"}]'
  export AI_PROVIDER=openai AI_MODEL=test-model OPENAI_BASE_URL=$url/v1
}

teardown() {
  exec 9>&- # the server ends with its stdin
}

@test "review: --base REF needs no plan and no workspace" {
  needs_jq
  changed_branch
  no_findings
  run --separate-stderr -0 review.sh pay --base main
  says '0 findings, 0 blocking   .ai-session/pay/reviews/001.md'
  [[ $(jq -r '.body.messages[-1].content' "$WORK/requests.jsonl") == *'+RATE = 1'* ]]
  [[ -d $SESSION_DIR/review-pay ]]
  [[ $(git status --porcelain --untracked-files=all) != *cache/* ]]
}

@test "review: without a plan and without --base it names both ways, exit 4, nothing is made" {
  changed_branch
  run --separate-stderr -4 review.sh pay
  one_error
  says 'plan.sh pay "what to build"'
  [[ ! -e .ai-session && ! -e $SESSION_DIR ]]
}

@test "review: a workspace without a plan names both ways too" {
  changed_branch
  init-session.sh pay >/dev/null 2>&1
  run --separate-stderr -4 review.sh pay
  one_error
  says 'or: review.sh pay --base REF'
}

@test "review: a slip of the finger makes no second feature, exit 4" {
  planned_feature
  printf 'RATE = 1\n' >>shop.py
  run --separate-stderr -4 review.sh payment-gatewy --base HEAD
  one_error
  says 'did you mean payment-gateway?'
  [[ ! -e .ai-session/payment-gatewy ]]
}

@test "review: a base that is no commit is one line before an agent is looked for, exit 4" {
  changed_branch
  nobody_installed
  run --separate-stderr -4 review.sh pay --base nowhere
  one_error
  says 'no such commit: nowhere'
}

@test "review: --fix without a plan is refused before anybody is paid, exit 4" {
  changed_branch
  no_findings
  run --separate-stderr -4 review.sh pay --base main --fix
  one_error
  says 'pay has no plan yet'
  run ! grep -q POST "$WORK/requests.jsonl"
}
