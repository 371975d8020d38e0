#!/usr/bin/env bats
# demo.sh: from plan to GO, through the real scripts.

load helper

@test "demo: it ends with GO, both tasks done, and leaves your own sessions alone" {
  needs_jq
  export TMPDIR="$WORK/t m p"
  mkdir -p "$TMPDIR"
  run --separate-stderr -0 demo.sh
  says '2/2 done'
  says 'GO: planned'
  says 'no AI is called'
  [[ ! -e $SESSION_DIR && -n $(ls "$TMPDIR"/ai-sessions-demo.*/sessions) ]]
  [[ $(jq '[.[].interactions[].cost] | add' "$TMPDIR"/ai-sessions-demo.*/sessions.json) == 0 ]]
  [[ $stderr != *error:* ]]
}

@test "demo: its steps and what it says comes next can be pasted" {
  export TMPDIR="$WORK" HOME="$WORK"
  ln -s "$ROOT/scripts" scripts
  PATH=${PATH#"$ROOT/scripts:"}
  run -0 scripts/demo.sh
  local quoted
  printf -v quoted %q "$ROOT/scripts"
  says "\$ $quoted/plan.sh payment-gateway \"Design payment processing\""
  says "Next: $quoted/implement.sh payment-gateway --task T1.1"
  says "AGENT=claude $quoted/demo.sh"
}

@test "demo: two at once do not meet" {
  export TMPDIR="$WORK/t m p"
  mkdir -p "$TMPDIR"
  demo.sh >"$WORK/1" 2>&1 &
  run -0 demo.sh
  wait $!
  [[ $(find "$TMPDIR" -maxdepth 1 -name 'ai-sessions-demo.*' | wc -l) -eq 2 ]]
}

@test "demo: a step that fails ends it with that step's exit code" {
  export TMPDIR="$WORK"
  AGENT="echo" run --separate-stderr demo.sh
  [[ $status != 0 ]]
  says 'the demo stopped at'
  [[ $output != *'GO:'* ]]
}

@test "demo: an argument it does not know is one line, exit 2" {
  run --separate-stderr -2 demo.sh --fast
  one_error
}
