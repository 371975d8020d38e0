#!/usr/bin/env bats
# plan.sh: a plan that is checked before it is written.

load helper

@test "plan: it writes a plan with tasks, in the session plan-FEATURE" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  run --separate-stderr -0 plan.sh payment-gateway 'Design payment processing'
  says 'T1.1'
  [[ -s .ai-session/payment-gateway/plan.yaml && -d $SESSION_DIR/plan-payment-gateway ]]
  [[ ${lines[${#lines[@]} - 1]} == 'Next: implement.sh payment-gateway --task T1.1' ]]
}

@test "plan: the recorded agent says so in every output" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  run --separate-stderr -0 plan.sh payment-gateway 'Design payment processing'
  says 'no AI was called'
}

@test "plan: where nobody knows how tests run it is one line, exit 3, and nobody is called" {
  new_repository
  git rm -q shop.py
  printf '{"scripts": {"test": "sh all.sh"}}\n' >package.json
  use_claude
  run --separate-stderr -3 plan.sh payment-gateway --yes 'Design payment processing'
  one_error
  says "no test command is known (scripts.test is 'sh all.sh')"
  says 'hint: write in .ai-session/config.yaml: test: {cmd: [npm, test]}'
  [[ ! -e $FAKE_CLAUDE_LOG && ! -e $SESSION_DIR && ! -e .ai-session ]]
}

@test "plan: without a prompt it is one line, exit 2, and nobody is called" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  run --separate-stderr -2 plan.sh payment-gateway
  one_error
  [[ ! -e $SESSION_DIR ]]
}

@test "plan: a feature that was not laid out is one line, exit 4" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  run --separate-stderr -4 plan.sh payment-gatewy 'Design it'
  one_error
}

@test "plan: USE_SESSIONS=false leaves no session, and what it cost is counted" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  USE_SESSIONS=false run --separate-stderr -0 plan.sh payment-gateway 'Design payment processing'
  [[ -z $(ls "$SESSION_DIR") ]]
  run -0 ai-session.sh stats --by session
  [[ $output == *'(none)'*'$0.0'* ]]
}

@test "plan: a project cannot switch sessions off, one line, exit 3" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  printf 'settings: {USE_SESSIONS: "Off"}\n' >>.ai-session/config.yaml
  run --separate-stderr -3 plan.sh payment-gateway 'Design payment processing'
  one_error
  [[ $stderr == *'USE_SESSIONS is yours to set'* ]]
}

@test "plan: a USE_SESSIONS that is neither yes nor no is one line, exit 3" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  USE_SESSIONS=maybe run --separate-stderr -3 plan.sh payment-gateway 'Design it'
  one_error
  says "USE_SESSIONS='maybe'"
}

@test "plan: --check, which needs no session, refuses that value too" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  USE_SESSIONS=maybe run --separate-stderr -3 plan.sh payment-gateway --check
  one_error
  says 'use true or false'
}

@test "plan: a provider nobody knows is one line, exit 3" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  AI_PROVIDER=parrot run --separate-stderr -3 plan.sh payment-gateway 'Design it'
  one_error
  says parrot
}

@test "plan: a provider nobody knows for this command alone is one line, exit 3" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  AI_PROVIDER_PLAN=parrot run --separate-stderr -3 plan.sh payment-gateway 'Design it'
  one_error
  says "AI_PROVIDER_PLAN='parrot' (environment)"
}

@test "plan: AI_PROVIDER_PLAN answers for plan, and the model of another is not given to it" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  use_claude
  AI_PROVIDER_PLAN=demo AI_MODEL=opus \
    run --separate-stderr -0 plan.sh payment-gateway 'Design payment processing'
  says 'AI_MODEL=opus is for claude, so demo takes its own default'
  [[ ! -e $FAKE_CLAUDE_LOG ]]
}

@test "plan: without any agent it names demo.sh" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  nobody_installed
  run --separate-stderr plan.sh payment-gateway 'Design it'
  [[ $status == 3 || $status == 9 ]]
  one_error
  says 'demo.sh'
}

@test "plan: a SESSION_DIR that cannot be made is one line, exit 11, and no plan" {
  new_repository
  init-session.sh payment-gateway 2>/dev/null
  SESSION_DIR=$PWD/README.md/sessions run --separate-stderr -11 plan.sh payment-gateway 'Design it'
  one_error
  [[ ! -s .ai-session/payment-gateway/plan.yaml ]]
}

@test "plan: --check names the line of a mistake, exit 3" {
  planned_feature
  local file=.ai-session/payment-gateway/plan.yaml number
  number=$(grep -n 'needs: .*T1.1' "$file" | head -n 1)
  number=${number%%:*}
  [[ -n $number ]] || number=$(($(grep -n 'needs:' "$file" | tail -n 1 | cut -d: -f1)))
  sed "${number}s/T1.1/T9.9/" "$file" >"$WORK/plan" && cat "$WORK/plan" >"$file"
  run --separate-stderr -3 plan.sh payment-gateway --check
  says 'T9.9'
  [[ $output =~ plan.yaml:[0-9]+ ]]
}

@test "plan: a file that is no YAML is one line with its place, exit 3" {
  planned_feature
  printf 'schema: 1\nfeature: [\n' >.ai-session/payment-gateway/plan.yaml
  run --separate-stderr -3 implement.sh payment-gateway --task T1.1
  one_error
  [[ $stderr =~ plan.yaml:[0-9]+ ]]
}

@test "plan: two repositories with one feature keep separate sessions, each finds its own" {
  local name
  for name in shop api; do
    mkdir -p "$WORK/$name" && cd "$WORK/$name" || return
    new_repository
    init-session.sh payment-gateway 2>/dev/null
    plan.sh payment-gateway 'Design payment processing' 2>/dev/null
  done
  [[ $(ai-session.sh list | cut -f1 | sort | tr '\n' ' ') == 'name plan-payment-gateway plan-payment-gateway@api ' ]]

  [[ $(ai-session.sh show plan-payment-gateway) == *"Project        $WORK/api"* ]]
  cd "$WORK/shop"
  [[ $(ai-session.sh show plan-payment-gateway) == *"Project        $WORK/shop"* ]]
}
