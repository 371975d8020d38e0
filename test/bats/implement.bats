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

@test "implement: USE_SESSIONS=false does the task and leaves no trace in SESSION_DIR" {
  planned_feature
  rm -rf "$SESSION_DIR"
  USE_SESSIONS=false run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  [[ -f gateway.py && ! -e $SESSION_DIR ]]
}

@test "implement: --json is one object on stdout, and on failure too" {
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
