#!/usr/bin/env bats
# A model behind HTTP: it only talks, so it hands over whole files and our process writes them.

load helper

teardown() {
  exec 9>&- # the server ends with its stdin
}

# use_server TURNS: a server of chat completions that plays the JSON list, from here on.
use_server() {
  local url
  serve openai "$1"
  export AI_PROVIDER=openai AI_MODEL=test-model OPENAI_BASE_URL=$url/v1
}

# What the recorded agent writes and says, as answers of a model that only talks.
recorded() {
  jq -c '[.turns[] | {text: (
      if .files then {files: [.files | to_entries[] | {path: .key, content: (.value | join("\n"))}]}
      else .said end | if type == "string" then . else tojson end)}]' \
    "$ROOT/pylib/ai_sessions/providers/recording/turns.json"
}

@test "http model: from plan to two proved tasks, each told what was said before" {
  needs_jq
  new_repository
  use_server "$(recorded)"
  init-session.sh payment-gateway >/dev/null 2>&1
  plan.sh payment-gateway 'Design payment processing' >/dev/null
  implement.sh payment-gateway --task T1.1 >/dev/null
  implement.sh payment-gateway --task T1.2 >/dev/null

  [[ $(git log --format=%B) == *'Tests: 3 passed (was 3 failed)'* ]]
  run -0 jq -s 'map(.body.messages | length)' "$WORK/requests.jsonl"
  [[ $(jq -c . <<<"$output") == '[1,1,3,5,7]' ]]
}

@test "http model: its tokens are counted, its unknown price is no zero" {
  needs_jq
  new_repository
  use_server "$(recorded)"
  init-session.sh payment-gateway >/dev/null 2>&1
  plan.sh payment-gateway 'Design payment processing' >/dev/null
  run -0 bash -c "ai-session.sh export plan-payment-gateway |
    jq -c '.[0].interactions[0] | [.model, .cost, .tokens.input, .tokens.cache_read]'"
  [[ $output == '["test-model",null,3500,3000]' ]]
}

@test "http model: without an address or a key it names the setting and an example, exit 3" {
  planned_feature
  AI_PROVIDER=openai AI_MODEL=m run --separate-stderr -3 implement.sh payment-gateway --task T1.1
  one_error
  says 'OPENAI_BASE_URL'
  says 'OPENAI_BASE_URL=http://127.0.0.1:8000/v1'
}

@test "http model: without a model it names the setting, exit 3" {
  planned_feature
  AI_PROVIDER=openai OPENAI_BASE_URL=http://127.0.0.1:9/v1 \
    run --separate-stderr -3 implement.sh payment-gateway --task T1.1
  one_error
  says 'AI_MODEL'
}

@test "http model: a server that refuses the key is one line without the key, exit 9" {
  planned_feature
  use_server '[{"status": 401, "error": "Incorrect API key provided: sk-not-a-key"}]'
  OPENAI_API_KEY=sk-not-a-key run --separate-stderr -9 implement.sh payment-gateway --task T1.1
  one_error
  says 'check OPENAI_API_KEY'
  [[ $stderr != *sk-not-a-key* ]]
  grep -rq 'Incorrect API key provided: \*\*\*' "$SESSION_DIR"/*/logs
  run ! grep -r sk-not-a-key "$SESSION_DIR"
}

@test "http model: an answer with a file outside the task is refused, nothing written, exit 5" {
  planned_feature
  use_server '[{"text": "{\"files\": [{\"path\": \"README.md\", \"content\": \"x\"}]}"}]'
  run --separate-stderr -5 implement.sh payment-gateway --task T1.1
  one_error
  says 'README.md'
  [[ $(<README.md) == '# Shop' ]]
}

@test "http model: an address alone is enough; the model it serves and why are said in one line" {
  needs_jq
  new_repository
  use_server "$(recorded)"
  nobody_installed
  unset AI_MODEL
  init-session.sh payment-gateway >/dev/null 2>&1
  run --separate-stderr -0 plan.sh payment-gateway 'Design payment processing'
  [[ $(grep -c 'openai answers with test-model: OPENAI_BASE_URL is set' <<<"$stderr") == 1 ]]
  run --separate-stderr -0 implement.sh payment-gateway --task T1.1
  [[ $(grep -c 'openai answers with test-model' <<<"$stderr") == 1 ]]
  [[ $(jq -rs '[.[] | select(.method == "POST") | .body.model] | unique[]' "$WORK/requests.jsonl") == test-model ]]
}

@test "http model: a key alone is enough, with a model that has a price" {
  needs_jq
  local url
  new_repository
  serve anthropic "$(recorded)"
  nobody_installed
  export ANTHROPIC_BASE_URL=$url ANTHROPIC_API_KEY=sk-not-a-key
  init-session.sh payment-gateway >/dev/null 2>&1
  run --separate-stderr -0 plan.sh payment-gateway 'Design payment processing'
  says 'anthropic answers with sonnet: ANTHROPIC_BASE_URL is set'
  [[ $output$stderr != *sk-not-a-key* && $stderr == *'1 call, '*' tokens, $'[0-9]* ]]
}
