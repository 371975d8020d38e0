#!/usr/bin/env bats
# Conversations through the scripts: what they begin with, what they know, how they belong together.

load helper

# support: a chat from a template, with a system text, a pin, state and a tag.
support() {
  cat >"$WORK/support.yaml" <<'END'
title: Support desk
system: You are brief.
pins: {tone: Be kind.}
state: {plan: pro}
tags: [desk]
limit: 8000
expires: 7d
END
  ai-session.sh create support --template "$WORK/support.yaml" >/dev/null 2>&1
}

@test "conversations: a template is all that one begins with" {
  support
  run --separate-stderr -0 ai-session.sh show support
  says 'Title          Support desk'
  says 'Limit          8,000 tokens'
  says 'Pin            tone: Be kind.'
  says 'State          plan="pro"'
  says 'system  You are brief.'
}

@test "conversations: a template with an unknown key makes nothing, exit 3" {
  printf 'titel: x\n' >"$WORK/t.yaml"
  run --separate-stderr -3 ai-session.sh create support --template "$WORK/t.yaml"
  one_error
  says "t.yaml:1: unknown key 'titel' (did you mean 'title'?)"
  run --separate-stderr -4 ai-session.sh show support
}

@test "conversations: pins and state survive from command to command" {
  support
  run -0 ai-session.sh remember support 'The customer is Priya.' --key customer
  run -0 ai-session.sh state support retries=3 plan=null 'cart={"items": [1]}'
  run -0 ai-session.sh forget support tone
  run --separate-stderr -0 ai-session.sh state support
  [[ $output == $'retries=3\ncart={"items": [1]}' ]]
  run --separate-stderr -0 ai-session.sh show support --json
  [[ $(jq -c '.session.pins | keys' <<<"$output") == '["customer"]' ]]
}

@test "conversations: what is said shows its role and its place" {
  support
  run -0 bash -c 'printf "Grüße, is it open?\n" | ai-session.sh say support --role user -'
  run -0 ai-session.sh clear support
  run --separate-stderr -0 ai-session.sh show support --messages 1
  says 'Last 1 of 2 messages:'
  says 'user     Grüße, is it open?'
  says 'segment  cleared; a model is told what follows'
}

@test "conversations: tags with a dash take away, and list finds the others" {
  support
  run -0 ai-session.sh tag support +urgent -desk
  [[ $output == 'support: urgent' ]]
  run --separate-stderr -0 ai-session.sh list --tag urgent --kind chat
  [[ ${#lines[@]} == 2 && ${lines[1]} == support$'\t'active$'\t'* ]]
}

@test "conversations: a fork and a link are in the tree" {
  support
  ai-session.sh create orders --title 'Orders' >/dev/null
  ai-session.sh fork support support-pl >/dev/null
  run -0 ai-session.sh link support orders --note 'the same customers'
  LC_ALL=C.UTF-8 run --separate-stderr -0 ai-session.sh tree support
  [[ ${lines[0]} == 'support  Support desk  <- this one' ]]
  [[ ${lines[1]} == '└─ support-pl  fork at '* ]]
  [[ ${lines[2]} == 'linked: orders  Orders' ]]
}

@test "conversations: one that is ended is inactive, and goes on again when asked" {
  support
  run -0 ai-session.sh deactivate support
  run --separate-stderr -0 ai-session.sh list
  [[ ${lines[1]} == support$'\t'inactive$'\t'* ]]
  run -0 ai-session.sh deactivate support --off
}

@test "conversations: what a model would be told is shown, and older messages are summarized" {
  support
  for number in {1..12}; do
    ai-session.sh say support --role user "number $number: the port of the gateway is 80$number" >/dev/null
  done
  run --separate-stderr -0 ai-session.sh summarize support
  [[ $output == *"80"* && $stderr == *"(extractive)"* ]]
  run --separate-stderr -0 ai-session.sh context support
  [[ ${lines[0]} == 'part '* && $output == *summary* && $output == *tail* ]]
  run --separate-stderr -0 ai-session.sh context support 'Which port?' --json
  [[ $(jq -r '.parts[-1].part' <<<"$output") == tail ]]
}

@test "conversations: bad input is one line, its exit code, and changes nothing" {
  support
  before=$(ai-session.sh show support --json)
  run --separate-stderr -4 ai-session.sh state nobody
  one_error
  run --separate-stderr -2 ai-session.sh say support --role boss hello
  one_error
  says "no role 'boss'"
  run --separate-stderr -2 ai-session.sh say support --role tool --tool-call-id c1 42
  one_error
  run --separate-stderr -2 bash -c 'head -c 5000000 /dev/zero | tr "\0" x | ai-session.sh say support --role user -'
  one_error
  run --separate-stderr -2 bash -c 'head -c 70000 /dev/zero | tr "\0" x | ai-session.sh remember support -'
  one_error
  says '(at most 65,536)'
  run --separate-stderr -2 bash -c 'printf "\377" | ai-session.sh remember support -'
  one_error
  says 'not UTF-8 text'
  run --separate-stderr -2 ai-session.sh link support support
  one_error
  run --separate-stderr -2 ai-session.sh tag support 'a,b'
  one_error
  run --separate-stderr -2 ai-session.sh tag support $'a\tb'
  one_error
  [[ $(ai-session.sh show support --json) == "$before" ]]
  run -0 ai-session.sh say support --role user 'still here'
}

@test "conversations: a failure with --json is one object" {
  run --separate-stderr -4 ai-session.sh remember nobody x --json
  [[ $(jq -c '[.ok, .code, .error.kind]' <<<"$output") == '[false,4,"not_found"]' ]]
}

@test "conversations: without sessions nothing is made or changed" {
  support
  for words in 'create other' 'remember support x' 'state support a=1' 'clear support' \
    'tag support x' 'describe support x' 'deactivate support'; do
    # shellcheck disable=SC2086 # several words each
    USE_SESSIONS=false run --separate-stderr -2 ai-session.sh $words
    one_error
    says 'USE_SESSIONS is off'
  done
}
