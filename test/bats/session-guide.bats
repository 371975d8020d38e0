#!/usr/bin/env bats
# The commands of the session guide, typed as they stand there, in a project that links scripts/.

load helper

# A repository whose `scripts` is a link to ours, which git does not look at, and an honest agent.
guided_repository() {
  new_repository
  use_claude
  unset FAKE_CLAUDE
  ln -s "$ROOT/scripts" scripts
  printf '/scripts\n' >>.git/info/exclude
}

@test "session guide: ./scripts/plan.sh as the very first command lays the feature out and plans it" {
  guided_repository
  run --separate-stderr -0 ./scripts/plan.sh my-feature "Create a detailed plan"
  [[ -s .ai-session/my-feature/plan.yaml && -f .ai-session/my-feature/spec.md ]]
  [[ -f .ai-session/.gitignore && -d $SESSION_DIR/plan-my-feature ]]
  [[ $(grep -c 'my-feature: a new feature, laid out in .ai-session/my-feature' <<<"$stderr") == 1 ]]
  says 'implement.sh my-feature --task T1.1'
}

@test "session guide: ./scripts/implement.sh as the very first command says what to type, exit 4" {
  guided_repository
  run --separate-stderr -4 ./scripts/implement.sh my-feature --task T1.1
  one_error
  says 'plan.sh my-feature "what to build"'
  [[ ! -e .ai-session && ! -e $SESSION_DIR ]]
}

@test "session guide: one command without a session" {
  guided_repository
  ./scripts/plan.sh my-feature "Create a detailed plan" 2>/dev/null
  rm -rf "$SESSION_DIR"
  USE_SESSIONS=false run --separate-stderr -0 ./scripts/implement.sh my-feature --task T1.1
  [[ -z $(ls "$SESSION_DIR") ]]
}

@test "session guide: several tasks in one session, then list, show, stats, clean, export, report" {
  needs_jq
  guided_repository
  export USE_SESSIONS=true
  ./scripts/init-session.sh payment-gateway
  ./scripts/plan.sh payment-gateway "Design payment processing system"
  ./scripts/implement.sh payment-gateway --task T1.1
  ./scripts/implement.sh payment-gateway --task T1.2
  ./scripts/ai-session.sh list | grep payment-gateway
  ./scripts/ai-session.sh show implement-payment-gateway | grep Cost
  ./scripts/ai-session.sh stats
  ./scripts/ai-session.sh clean --older-than 30
  ./scripts/ai-session.sh export --output sessions-backup.json
  [[ $(jq 'map(.name) | sort | join(" ")' sessions-backup.json) == '"implement-payment-gateway plan-payment-gateway"' ]]
  ./scripts/ai-session.sh export | jq -e '[.[].interactions[].cost] | add | numbers'
  ./scripts/track-session-todo.sh report
}

@test "session guide: another SESSION_DIR, another model, and a stale lock removed by hand" {
  guided_repository
  export SESSION_DIR=$WORK/elsewhere AI_MODEL=sonnet
  ./scripts/plan.sh auth-service "Design it" 2>/dev/null
  rm "$SESSION_DIR/plan-auth-service/.lock"
  run --separate-stderr -0 ./scripts/implement.sh auth-service --task T1.1
  [[ -d $SESSION_DIR/implement-auth-service ]]
}

@test "session guide: plan with the cheaper one, work with the other" {
  needs_jq
  guided_repository
  export AI_PROVIDER=demo AI_PROVIDER_PLAN=claude AI_MODEL_PLAN=haiku
  ./scripts/plan.sh payment-gateway "Design payment processing system" 2>/dev/null
  [[ $(jq -r '.argv | .[index("--model") + 1]' "$FAKE_CLAUDE_LOG") == haiku ]]
  run --separate-stderr -0 ./scripts/implement.sh payment-gateway --task T1.1
  says 'no AI was called'
  [[ $(wc -l <"$FAKE_CLAUDE_LOG") -eq 1 ]]
}
