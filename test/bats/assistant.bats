#!/usr/bin/env bats
# assistant.sh: a person, an assistant that remembers them, and the model that is best now.

load helper

teardown() {
  exec 9>&- # the server ends with its stdin
}

# met: the assistant knows Declan from here on.
met() {
  export LC_ALL=C.UTF-8
  assistant.sh --init --name Declan --assistant Brakel --model 2 --quiet >/dev/null
}

@test "assistant: what is typed at --init is what the seed of it shows" {
  export LC_ALL=C.UTF-8
  run --separate-stderr -0 bash -c "printf 'Declan\nBrakel\n2\n' | assistant.sh --init"
  [[ $output == $'✅ Session created!\n👋 Hello Declan, I\'m Brakel—your personal AI assistant!' ]]
  [[ $stderr == *$'👤 What\'s your name? Declan\n🤖 What would you like to call me? Brakel\n'* ]]
  [[ $stderr == *'🎯 Choose your preferred model (1-5): 2'* ]]
  [[ $(ls "$HOME/.gh-ai-assistant/user_session.json") ]]
}

@test "assistant: it greets who it knows, with the statistics unless asked for the greeting alone" {
  met
  run --separate-stderr -0 assistant.sh --greeting
  [[ $output == "Welcome back, Declan! I'm Brakel, powered by DeepSeek R1" ]]
  run --separate-stderr -0 assistant.sh
  [[ $output == "Welcome back, Declan! I'm Brakel, powered by DeepSeek R1"$'\n\n╔═'* ]]
  says '   Assistant: Brakel'
}

@test "assistant: of nobody it says how to begin, exit 4" {
  run --separate-stderr -4 assistant.sh
  one_error
  says 'hint: assistant.sh --init'
}

@test "assistant: the answer is stdout, the rest stderr, and the session is the same everywhere" {
  export AI_PROVIDER=echo
  run --separate-stderr -0 assistant.sh ask 'What is a closure?'
  [[ $output == 'What is a closure?' ]]
  new_repository
  run --separate-stderr -0 assistant.sh ask 'And in Python?'
  run -0 ai-session.sh show assistant --transcript
  [[ $output == *'What is a closure?'*'And in Python?'* ]]
}

@test "assistant: every model is told who asks, and a conversation is counted" {
  needs_jq
  met
  local url
  serve openai '[{"text": "You are Declan."}]'
  AI_PROVIDER=openai AI_MODEL=m OPENAI_BASE_URL=$url/v1 \
    run --separate-stderr -0 assistant.sh ask 'Who am I?'
  [[ $output == 'You are Declan.' ]]
  run -0 jq -r '.body.messages[0].content' "$WORK/requests.jsonl"
  says 'Your name is Brakel. You are the personal assistant of Declan'
  [[ $(jq .total_conversations "$HOME/.gh-ai-assistant/user_session.json") == 1 ]]
}

@test "assistant: nothing to ask is one error with what to type" {
  run --separate-stderr -2 assistant.sh ask ''
  one_error
  says 'hint: assistant.sh ask "What is a closure?"'
}

@test "assistant: ten at once leave a profile and counts that can be read" {
  met
  local number
  for number in 1 2 3 4 5 6 7 8 9 10; do
    assistant.sh --favorite "$((number % 5 + 1))" >/dev/null 2>>"$WORK/errors" 3>&- &
  done
  wait
  [[ ! -s $WORK/errors ]]
  run --separate-stderr -0 assistant.sh --stats --json
  [[ $(jq '.session.favorite_models | length' <<<"$output") == 5 ]]
}

@test "assistant: a profile that cannot be read is one error, and stays" {
  mkdir -p "$HOME/.gh-ai-assistant"
  printf '{"user_name"' >"$HOME/.gh-ai-assistant/user_session.json"
  local word
  for word in --greeting --stats '--init --name A --assistant B --model 1'; do
    # shellcheck disable=SC2086  # words
    run --separate-stderr -3 assistant.sh $word
    one_error
    [[ $(<"$HOME/.gh-ai-assistant/user_session.json") == '{"user_name"' ]]
  done
}

@test "assistant: a folder that cannot be written is one error, exit 11" {
  printf x >"$WORK/file"
  ASSISTANT_DIR=$WORK/file/me run --separate-stderr -11 assistant.sh --init --name A --assistant B --model 1
  one_error
}

@test "assistant: reset forgets the person and says that usage stays" {
  met
  run --separate-stderr -0 assistant.sh --reset
  says 'Session reset'
  says 'still counted (assistant.sh --stats)'
  run --separate-stderr -4 assistant.sh --greeting
}
