#!/usr/bin/env bats
# track-session-todo.sh: what was begun and ended, by whom, at what cost.

load helper

@test "todo: the work scripts keep todos by themselves" {
  planned_feature
  implement.sh payment-gateway --task T1.1 >/dev/null 2>&1
  run --separate-stderr -0 track-session-todo.sh report
  [[ $output == *payment-gateway*T1.1*done* ]]
}

@test "todo: no arguments is the usage on stderr, exit 2" {
  run --separate-stderr -2 track-session-todo.sh
  [[ -z $output && $stderr == *'Usage: track-session-todo.sh start|end|error|report'* ]]
}

@test "todo: an unknown word is one line, exit 2" {
  run --separate-stderr -2 track-session-todo.sh begin
  one_error
}
