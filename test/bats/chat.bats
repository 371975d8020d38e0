#!/usr/bin/env bats
# ai-session.sh chat: a conversation in a session of any name, with any model.

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

@test "chat: the answer is stdout, the rest stderr, and the next turn knows of it" {
  needs_jq
  use_server '[{"text": "A function with its scope."}, {"text": "Yes."}]'
  run --separate-stderr -0 ai-session.sh chat notes 'What is a closure?'
  [[ $output == 'A function with its scope.' ]]
  says 'notes: a new session'
  run --separate-stderr -0 ai-session.sh chat notes 'In Python, too?'
  run -0 jq -sc 'map(.body.messages | length)' "$WORK/requests.jsonl"
  [[ $output == '[1,3]' ]]
}

@test "chat: what is piped in is the text, and a pipe gets no escape codes" {
  use_server '[{"text": "\u001b[31mred\u001b[0m"}]'
  unset NO_COLOR
  run -0 bash -c 'printf "line one\nline two\n" | ai-session.sh chat notes --quiet'
  [[ $output == red ]]
  run -0 bash -c 'ai-session.sh show notes --transcript'
  [[ $output == *'line one'*'line two'* ]]
}

@test "chat: --json is one object with the answer and its call" {
  needs_jq
  use_server '[{"text": "Yes."}]'
  run -0 bash -c 'ai-session.sh chat notes "Is it?" --json 2>/dev/null |
    jq -c "[.ok, .session, .text, .interaction.purpose, .interaction.status]"'
  [[ $output == '[true,"notes","Yes.","chat","ok"]' ]]
}

@test "chat: bad input is one line with exit 2, and no session is made" {
  run --separate-stderr -2 ai-session.sh chat Notes hello
  one_error
  run --separate-stderr -2 ai-session.sh chat notes ''
  one_error
  run --separate-stderr -2 bash -c ': | ai-session.sh chat notes'
  one_error
  [[ ! -e $SESSION_DIR/notes ]]
}

@test "chat: a provider that is missing is one line that says how to get it, exit 9" {
  PATH=$ROOT/scripts:/usr/bin:/bin
  ! command -v claude || skip 'claude is installed system-wide'
  run --separate-stderr -9 ai-session.sh chat notes hello --provider claude
  one_error
  says 'claude is not installed'
}

@test "chat: with USE_SESSIONS=false it answers, says once that nothing is kept, keeps nothing" {
  use_server '[{"text": "Yes."}]'
  USE_SESSIONS=false run --separate-stderr -0 ai-session.sh chat notes 'Is it?'
  [[ $output == Yes. ]]
  [[ $(grep -c 'nothing of this is kept' <<<"$stderr") == 1 ]]
  [[ ! -e $SESSION_DIR/notes ]]
}

@test "chat: an agent may change no file unless it is allowed to" {
  new_repository
  use_claude
  run --separate-stderr -0 ai-session.sh chat notes 'What is in shop.py?'
  run --separate-stderr -0 ai-session.sh chat notes 'Change it.' --edit
  run -0 grep -o '"--permission-mode", "[a-zA-Z]*"' "$FAKE_CLAUDE_LOG"
  [[ ${lines[0]} == *default* && ${lines[1]} == *acceptEdits* ]]
}

@test "say: a message without a model, told to the next one" {
  needs_jq
  use_server '[{"text": "Hello."}, {"text": "Kurz."}]'
  ai-session.sh chat notes hello >/dev/null 2>&1
  run -0 ai-session.sh say notes --role system 'Answer in German.'
  [[ $output == 'notes: '*' system, '*' tokens' ]]
  run -0 bash -c 'echo 42 | ai-session.sh say notes --role user'
  ai-session.sh chat notes 'Go on.' >/dev/null 2>&1
  run -0 jq -sc '.[1].body.messages | map(.role)' "$WORK/requests.jsonl"
  [[ $output == '["user","assistant","system","user","user"]' ]]
}

@test "say: a tool's result without its call is one line, exit 2, and nothing is added" {
  use_server '[{"text": "Hello."}]'
  ai-session.sh chat notes hello >/dev/null 2>&1
  run --separate-stderr -2 ai-session.sh say notes --role tool --tool-call-id call_1 42
  one_error
  says "no open tool call 'call_1'"
  run -0 ai-session.sh say notes --role user 'go on'
}
