#!/usr/bin/env bats
# implement.sh: a task is done when our own process saw its tests fail and then pass.

load helper

@test "implement: a task goes red, green and into commits with its evidence" {
  planned_feature
  run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  [[ -f gateway.py && -f .ai-session/payment-gateway/evidence/T1.1/green.json ]]
  [[ $(git log --format=%s) == *'T1.1 red'* ]]
  [[ $(git log -1 --format=%B) == *'Tests: 2 passed'* ]]
  python3 -m unittest -q tests/test_gateway.py
}

@test "implement: the second task goes on in the same conversation" {
  needs_jq
  planned_feature
  implement.sh payment-gateway --task T1.1 >/dev/null 2>&1
  implement.sh payment-gateway --task T1.2 >/dev/null 2>&1
  run -0 bash -c "ai-session.sh export implement-payment-gateway |
    jq -r '.[0].interactions[] | .resume.id // .resume_id // empty' | sort -u | wc -l"
  [[ $output -eq 1 ]]
  run -0 bash -c "ai-session.sh export implement-payment-gateway | jq '.[0].interactions | length'"
  [[ $output -ge 4 ]]
}

@test "implement: without a task it lists those that are ready, exit 2" {
  planned_feature
  run --separate-stderr -2 implement.sh payment-gateway
  one_error
  says 'T1.1'
}

@test "implement: a plan's limit is told with its end and exits 7, also when the agent says success" {
  planned_feature
  use_claude limit
  run --separate-stderr -7 implement.sh payment-gateway --task T1.1
  one_error
  says 'claude: limit reached until'
  run --separate-stderr -0 status.sh payment-gateway
  says 'limit reached until'
}

@test "implement: an unknown task is one line with the nearest ids, exit 4" {
  planned_feature
  run --separate-stderr -4 implement.sh payment-gateway --task T1.3
  one_error
  says 'T1.2'
}

@test "implement: a task whose needs are not done is refused, nothing is called" {
  planned_feature
  run --separate-stderr implement.sh payment-gateway --task T1.2
  [[ $status == 6 || $status == 5 ]]
  one_error
  [[ ! -e $SESSION_DIR/implement-payment-gateway ]]
}

@test "implement: a tree with changes waits for a person, exit 6" {
  planned_feature
  printf 'more\n' >>README.md
  run --separate-stderr -6 implement.sh payment-gateway --task T1.1
  one_error
}

@test "implement: USE_SESSIONS=false does the task and leaves no session" {
  planned_feature
  rm -rf "$SESSION_DIR"
  USE_SESSIONS=false run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  [[ -f gateway.py && -z $(ls "$SESSION_DIR") ]]
}

@test "implement: --json is one object on stdout, and on failure too" {
  needs_jq
  planned_feature
  run --separate-stderr -0 implement.sh payment-gateway --task T1.1 --json
  jq -es 'length == 1 and .[0].ok' <<<"$output"
  run --separate-stderr -4 implement.sh payment-gateway --task T7 --json
  jq -es 'length == 1 and .[0].code == 4' <<<"$output"
}

@test "implement: options may come before the feature" {
  planned_feature
  run --separate-stderr -0 implement.sh --task T1.1 payment-gateway
  [[ -d $SESSION_DIR/implement-payment-gateway ]]
}

@test "implement: an agent that does nothing and says it is done ends with 5, no commit, same state" {
  planned_feature
  git add -A && git commit -qm Plan
  local before after
  before=$(git rev-parse HEAD)
  use_claude do-nothing
  run --separate-stderr -5 implement.sh payment-gateway --task T1.1
  one_error
  after=$(git rev-parse HEAD)
  [[ $before == "$after" && $(status.sh payment-gateway) == *'0/2 done'* ]]
  [[ ! -e gateway.py && -z $(git status --porcelain -- . ':!.ai-session') ]]
}

@test "implement: what a do-nothing agent cost is recorded all the same" {
  needs_jq
  planned_feature
  use_claude do-nothing
  run -5 implement.sh payment-gateway --task T1.1
  run -0 bash -c "ai-session.sh export implement-payment-gateway | jq '[.[].interactions[].cost] | add > 0'"
  [[ $output == true ]]
}

@test "implement: of two at once the second exits 8 and names the first, and nothing is lost" {
  needs_jq
  planned_feature
  use_claude waits
  mkfifo "$FAKE_CLAUDE_HERE" "$FAKE_CLAUDE_GO"
  implement.sh payment-gateway --task T1.1 >"$WORK/first" 2>&1 &
  local first=$!
  read -r -t 60 <>"$FAKE_CLAUDE_HERE"

  run --separate-stderr -8 implement.sh payment-gateway --task T1.1 --lock-wait 0
  one_error
  says "$first"

  printf 'go\n' >"$FAKE_CLAUDE_GO"
  wait "$first" || [[ $? == 5 ]]
  [[ $(ai-session.sh export implement-payment-gateway | jq '.[0].interactions | length') -ge 1 ]]
}

@test "implement: another feature, a review and verify wait for who is in the tree, status does not" {
  needs_jq
  planned_feature
  cp -R .ai-session/payment-gateway .ai-session/refunds
  sed 's/^feature: .*/feature: refunds/' .ai-session/payment-gateway/plan.yaml >.ai-session/refunds/plan.yaml
  git add -A && git commit -qm Plans
  use_claude waits
  mkfifo "$FAKE_CLAUDE_HERE" "$FAKE_CLAUDE_GO"
  implement.sh payment-gateway --task T1.1 >"$WORK/first" 2>&1 &
  local first=$!
  read -r -t 60 <>"$FAKE_CLAUDE_HERE"

  run --separate-stderr -8 implement.sh refunds --task T1.1 --lock-wait 0
  says "the working tree shop is in use by pid $first"
  run --separate-stderr -8 review.sh payment-gateway --base HEAD --lock-wait 0
  SESSION_TURN_TIMEOUT=1 run --separate-stderr -8 verify.sh payment-gateway --evidence-only
  run --separate-stderr -0 status.sh payment-gateway

  printf 'go\n' >"$FAKE_CLAUDE_GO"
  wait "$first" || [[ $? == 5 ]]
}

@test "implement: an agent whose words cannot be read ends with 9" {
  planned_feature
  use_claude garbled
  run --separate-stderr -9 implement.sh payment-gateway --task T1.1
  one_error
}

@test "implement: an agent that is not installed is one line with the way out" {
  planned_feature
  export AI_PROVIDER=claude
  PATH=$ROOT/scripts:/usr/bin:/bin
  ! command -v claude || skip 'claude is installed system-wide'
  run --separate-stderr implement.sh payment-gateway --task T1.1
  [[ $status == 9 || $status == 3 ]]
  one_error
  says 'demo.sh'
}
