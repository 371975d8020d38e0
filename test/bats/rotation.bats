#!/usr/bin/env bats
# The best of several models answers: OpenRouter on loopback, whose models fail as they really do.

load helper

R1=deepseek/deepseek-r1:free
LLAMA=meta-llama/llama-3.2-3b-instruct:free
MISTRAL=mistralai/mistral-7b-instruct:free
FIVE=(google/gemini-2.0-flash-exp:free "$R1" "$LLAMA" "$MISTRAL"
  nvidia/llama-3.1-nemotron-70b-instruct:free)

teardown() {
  exec 9>&- # the server ends with its stdin
}

# use_openrouter SERVED MODEL…: `auto` chooses among these models of a server; SERVED is its script.
use_openrouter() {
  local url served=$1
  shift
  serve openrouter "$served"
  printf '{"pools": {"openrouter": {"url": "%s/api/v1"}}}' "$url" >"$WORK/models.json"
  export AI_MODELS_FILE=$WORK/models.json OPENROUTER_API_KEY=sk-or-v1-test AI_MODEL=auto
  export AI_STRATEGY=seed AI_MODELS="${*/#/openrouter:}"
  unset AI_PROVIDER
}

# asked: the models of all requests so far, one a line.
asked() {
  sed -n 's/.*"model": "\([^"]*\)".*/\1/p' "$WORK/requests.jsonl" 2>/dev/null
}

@test "rotation: one model is limited, one broken, one answers, and the record says why" {
  needs_jq
  use_openrouter '{"models": {"'$R1'": [{"status": 429}], "'$LLAMA'": [{"status": 500}],
    "'$MISTRAL'": [{"text": "It is 4."}]}}' $R1 $LLAMA $MISTRAL

  run --separate-stderr -0 ai-session.sh chat notes 'what is 2 + 2?'
  [[ $output == 'It is 4.' ]]
  says "openrouter:$R1: 429 "
  says "openrouter:$LLAMA: 500 "
  [[ $(asked) == "$R1"$'\n'"$LLAMA"$'\n'"$MISTRAL" ]]

  run -0 bash -c "ai-session.sh export notes | jq -c '[.[0].interactions[] | .status]'"
  [[ $output == '["rate_limit","server","ok"]' ]]
  run -0 bash -c "ai-session.sh export notes |
    jq -r '.[0].interactions[-1].detail.rotation.passed_over[].why'"
  says 'temporarily rate-limited upstream'
  says 'Internal Server Error'
}

@test "rotation: all five models of the account are gone, openrouter/free answers all that day" {
  use_openrouter '{"models": {"openrouter/free": []}}' "${FIVE[@]}" openrouter/free

  run -0 ai-session.sh chat notes hello
  run -0 ai-session.sh chat notes 'and again'
  [[ $(asked) == "$(printf '%s\n' "${FIVE[@]}" openrouter/free openrouter/free)" ]]
}

@test "rotation: with all five gone it ends in one line, exit 7, and asks nobody again that day" {
  use_openrouter '{"models": {}}' "${FIVE[@]}"

  for text in hello 'and again'; do
    run --separate-stderr -7 ai-session.sh chat notes "$text"
    one_error
    says '404 No endpoints found'
  done
  [[ $(asked) == "$(printf '%s\n' "${FIVE[@]}")" ]]
}

@test "rotation: auto:free fails rather than pays" {
  use_openrouter '{"models": {"'$R1'": [{"status": 500}], "openai/gpt-4o": []}, "credits": 5}' \
    $R1 openai/gpt-4o

  run --separate-stderr -9 ai-session.sh chat notes hello --model auto:free
  one_error
  [[ $(asked) == "$R1" ]]
}

@test "rotation: the account's day is spent by one model, and no other of it is asked" {
  use_openrouter '{"models": {"'$R1'": [], "'$LLAMA'": [], "'$MISTRAL'": []}, "a_day": 1}' \
    $R1 $LLAMA $MISTRAL

  run -0 ai-session.sh chat notes hello
  for text in 'and again' 'and again'; do
    run --separate-stderr -7 ai-session.sh chat notes "$text"
    one_error
  done
  [[ $(asked | wc -l) == 2 ]]
}

@test "rotation: a wrong key is asked once for all its models, and is named" {
  use_openrouter '{"models": {"'$R1'": [], "'$LLAMA'": []}, "keys": ["sk-or-v1-another"]}' \
    $R1 $LLAMA

  run --separate-stderr -9 ai-session.sh chat notes hello
  one_error
  says '401 User not found'
  says 'check OPENROUTER_API_KEY'
  [[ $(asked) == "$R1" ]]
}

@test "rotation: what was said goes along to the next model" {
  needs_jq
  use_openrouter '{"models": {"'$R1'": [{"text": "Call me Brakel."}],
    "'$LLAMA'": [{"status": 502}], "'$MISTRAL'": []}}' $R1 $LLAMA $MISTRAL

  ai-session.sh chat notes 'Who are you?'
  ai-session.sh chat notes 'What is your name?'
  run -0 jq -s -r '.[-1].body | .model, .messages[].content' "$WORK/requests.jsonl"
  says "$MISTRAL"
  says 'Call me Brakel.'
}

@test "rotation: a feature is planned and done while models fail in the middle" {
  needs_jq
  new_repository
  use_openrouter "$(jq -c '{
    models: {"'$R1'": [], "'$LLAMA'": [{status: 500}], "'$MISTRAL'": [{status: 429}]},
    turns: [.turns[] | {text: (
      if .files then {files: [.files | to_entries[] | {path: .key, content: (.value | join("\n"))}]}
      else .said end | if type == "string" then . else tojson end)}]}' \
    "$ROOT/pylib/ai_sessions/providers/recording/turns.json")" $R1 $LLAMA $MISTRAL

  init-session.sh payment-gateway >/dev/null 2>&1
  run -0 plan.sh payment-gateway 'Design payment processing'
  run -0 implement.sh payment-gateway --task T1.1
  [[ $(git log --format=%B) == *'feat(payment-gateway): T1.1'*'Tests: '* ]]
  [[ $(asked | sort -u | wc -l) == 3 ]]
}
