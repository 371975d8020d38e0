#!/usr/bin/env bats
# ai-session.sh: the sessions themselves, as the guide types it.

load helper

@test "ai-session: help is the header of the script, on stdout, exit 0" {
  run --separate-stderr -0 ai-session.sh --help
  [[ $output == *"ai-session.sh list"* && $output == *"implement.sh FEATURE --task T1.1"* && -z $stderr ]]
  [[ $(ai-session.sh help) == "$output" && $(ai-session.sh -h) == "$output" ]]
}

@test "ai-session: without a command it shows the help on stderr and exits 2" {
  run --separate-stderr -2 ai-session.sh
  [[ -z $output && $stderr == *"Usage: ai-session.sh"* ]]
}

@test "ai-session: an unknown command is one line with the nearest one, exit 2" {
  run --separate-stderr -2 ai-session.sh lst
  one_error
  says 'did you mean list?'
}

@test "ai-session: an empty store says what to run first, and is not made by looking" {
  run --separate-stderr -0 ai-session.sh list
  says 'init-session.sh'
  [[ ! -e $SESSION_DIR ]]
}

@test "ai-session: list | grep FEATURE gives one line a session" {
  two_sessions
  run -0 bash -c 'ai-session.sh list | grep shop'
  [[ ${#lines[@]} == 2 && $output == *implement-shop* && $output == *plan-shop* ]]
}

@test "ai-session: a pipe gets no escape codes" {
  two_sessions
  unset NO_COLOR
  run -1 bash -c 'ai-session.sh list 2>&1 | grep "$(printf "\033")"'
}

@test "ai-session: list | head ends quietly" {
  two_sessions
  run --separate-stderr -0 bash -c 'set -o pipefail; ai-session.sh list | head -n 1'
  [[ -z $stderr ]]
}

@test "ai-session: show NAME | grep Cost gives the cost in one line" {
  two_sessions
  run -0 bash -c 'ai-session.sh show implement-shop | grep Cost'
  [[ ${#lines[@]} == 1 && $output == *'$0.0123'* ]]
}

@test "ai-session: an unknown price is shown as unknown, never as nothing" {
  two_sessions
  run -0 bash -c 'ai-session.sh show plan-shop | grep Cost'
  [[ $output == *'?'* && $output != *'$0.00'* ]]
}

@test "ai-session: stats counts interactions, tokens and cost over all sessions" {
  two_sessions
  run --separate-stderr -0 ai-session.sh stats
  [[ $output =~ Interactions\ +2 && $output == *25,600* && $output == *'$0.0123+?'* ]]
}

@test "ai-session: export | jq adds up the costs as dollars" {
  needs_jq
  two_sessions
  run -0 bash -c "ai-session.sh export | jq '[.[].interactions[].cost] | add'"
  [[ $output == 0.012345678 ]]
}

@test "ai-session: export --output FILE writes the file for its owner only" {
  needs_jq
  two_sessions
  umask 022
  run --separate-stderr -0 ai-session.sh export --output "$WORK/back up.json"
  [[ $(jq length "$WORK/back up.json") == 2 ]]
  [[ $(ls -l "$WORK/back up.json") == -rw-------* ]]
}

@test "ai-session: clean --older-than 30 leaves young sessions and says nothing in a pipe" {
  two_sessions
  run --separate-stderr -0 ai-session.sh clean --older-than 30 </dev/null
  [[ -z $output$stderr && $(ai-session.sh list | grep -c shop) == 2 ]]
}

@test "ai-session: clean from cron, with next to no environment and no stdin, says nothing" {
  two_sessions
  local bare=(env -i "HOME=$HOME" PATH=/usr/bin:/bin "SESSION_DIR=$SESSION_DIR")
  cd /
  run -0 "${bare[@]}" "$ROOT/scripts/ai-session.sh" clean --older-than 30 <&-
  [[ -z $output ]]
  run -0 env -i "HOME=$HOME" PATH=/usr/bin:/bin "$ROOT/scripts/ai-session.sh" clean --older-than 30 <&-
  [[ -z $output && ! -e $HOME/.ai-sessions ]]
}

@test "ai-session: clean from cron removes without asking, and says what" {
  two_sessions
  cd /
  run --separate-stderr -0 env -i "HOME=$HOME" PATH=/usr/bin:/bin "SESSION_DIR=$SESSION_DIR" \
    "$ROOT/scripts/ai-session.sh" clean --older-than 0 <&-
  [[ $output == "removed 2 sessions; to take one back: "*"/scripts/ai-session.sh restore NAME" ]]
  [[ $stderr == *implement-shop* && $(ai-session.sh list | wc -l) -eq 0 ]]
  ai-session.sh restore plan-shop
  [[ $(ai-session.sh list | wc -l) -eq 2 ]]
}

@test "ai-session: what was redacted is in no file of the store, and the bill stays" {
  two_sessions
  ai-session.sh search endpoint >/dev/null
  run -0 grep -rlai endpoint "$SESSION_DIR"
  [[ $output == *.index.sqlite3* ]]
  bill=$(ai-session.sh stats)
  for name in implement-shop plan-shop; do
    seq=$(ai-session.sh show "$name" | tail -n 1 | cut -d ' ' -f 1)
    run --separate-stderr -0 ai-session.sh redact "$name" "$seq" <&-
    [[ $output == "redacted entry 1 of $name, 2026-11-01T10:00:00" ]]
  done
  run -1 grep -rlai endpoint "$SESSION_DIR"
  [[ $(ai-session.sh stats) == "$bill" ]]
  run -0 ai-session.sh doctor implement-shop
}

@test "ai-session: rm reports what it cannot remove and goes on, exit 4" {
  two_sessions
  run --separate-stderr -4 ai-session.sh rm nonsense plan-shop
  [[ $output == "removed plan-shop; "* && $(ai-session.sh list | wc -l) -eq 2 ]]
  says 'not removed: nonsense'
}

@test "ai-session: clean refuses an age it cannot read, exit 2" {
  run --separate-stderr -2 ai-session.sh clean --older-than yesterday
  one_error
}

@test "ai-session: a session that is not there is one line, exit 4" {
  two_sessions
  run --separate-stderr -4 ai-session.sh show implement-shopp
  one_error
}

@test "ai-session: a name that leads out of the store is one line, exit 2" {
  run --separate-stderr -2 ai-session.sh show ../../etc
  one_error
}

@test "ai-session: --json prints one object on failure too" {
  needs_jq
  run --separate-stderr -4 ai-session.sh show nothing --json
  [[ $(jq -r '.error.kind, .code' <<<"$output") == $'not_found\n4' ]]
}

@test "ai-session: a store in the old layout is listed and shown" {
  mkdir -p "$SESSION_DIR/implement-old"
  printf '{"session_id": "abc", "feature": "old", "interactions": []}\n' \
    >"$SESSION_DIR/implement-old/metadata.json"
  run -0 ai-session.sh list
  says implement-old
  run -0 ai-session.sh show implement-old
}

@test "ai-session: a lock that somebody removed does no harm" {
  two_sessions
  rm "$SESSION_DIR/implement-shop/.lock"
  run -0 ai-session.sh show implement-shop
}
