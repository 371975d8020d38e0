#!/usr/bin/env bats
# scripts/lib: how a script finds itself, speaks, and names the session.

load helper

# told SCRIPT ARGS…: what that script would hand over to Python.
told() {
  bash -c 'self=told
    source "$ROOT/scripts/lib/start.sh"
    py_exec() { printf "<%s>" "$@"; exit; }
    dispatch "$@"' told "$@"
}

setup_file() {
  ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd -P)
  export ROOT
}

@test "root: a script works through a chain of symlinks, relative and absolute" {
  mkdir -p "$WORK/one two" "$WORK/bin"
  ln -s "$ROOT/scripts/ai-session.sh" "$WORK/one two/absolute"
  ln -s '../one two/absolute' "$WORK/bin/sessions"
  run --separate-stderr -0 "$WORK/bin/sessions" --version
  [[ $output == "ai-sessions "* ]]
}

@test "root: a script works through a symlink to its folder" {
  ln -s "$ROOT/scripts" "$WORK/tools"
  run --separate-stderr -0 "$WORK/tools/ai-session.sh" --version
  [[ $output == "ai-sessions "* && -z $stderr ]]
}

@test "root: a script works when it is named without a folder, and in spite of CDPATH" {
  cd "$ROOT/scripts"
  CDPATH=/:$WORK run --separate-stderr -0 bash ai-session.sh --version
  [[ $output == "ai-sessions "* ]]
}

@test "root: a script leaves the current folder as it was" {
  new_repository
  mkdir -p 'deep er' && cd 'deep er'
  init-session.sh shop-window >/dev/null 2>&1
  [[ -d ../.ai-session/shop-window ]]
}

@test "root: in a folder that was removed nothing happens to the toolkit's own repository" {
  mkdir gone && cd gone && rmdir ../gone
  run --separate-stderr -3 init-session.sh shop-window
  one_error
  [[ $stderr == *'folder'* && ! -e $ROOT/.ai-session/shop-window ]]
}

@test "start: sh, zsh and Bash in POSIX mode run a script as Bash does, also through a link" {
  local shell posix
  ln -s "$ROOT/scripts/ai-session.sh" sessions
  for shell in sh dash ksh zsh bash; do
    command -v "$shell" >/dev/null || continue
    posix=()
    [[ $shell != bash ]] || posix=(--posix)
    run --separate-stderr -0 "$shell" ${posix[@]+"${posix[@]}"} sessions --version
    [[ $output == "ai-sessions "* && -z $stderr ]]
    run --separate-stderr -2 "$shell" ${posix[@]+"${posix[@]}"} "$ROOT/scripts/plan.sh"
    [[ $stderr == *'Usage: plan.sh FEATURE "PROMPT"'* ]]
  done
}

@test "start: every script is handed over as its command, with all its words" {
  [[ $(told init-session.sh shop 'Sell  it') == '<init><shop><Sell  it>' ]]
  [[ $(told verify.sh shop) == '<verify><shop>' ]]
  [[ $(told status.sh) == '<status>' ]]
  [[ $(told track-session-todo.sh report) == '<todo><report>' ]]
  [[ $(told assistant.sh ask hello) == "<assistant><ask><hello>" ]]
  [[ $(told ai-session.sh list --json) == '<list><--json>' ]]
}

@test "usage: a help page that cannot be written is one error" {
  [[ -e /dev/full ]] || skip 'no /dev/full here'
  run --separate-stderr -11 bash -c 'ai-session.sh --help >/dev/full'
  one_error
  run --separate-stderr -11 bash -c 'ai-session.sh --help >&-'
  one_error
}

# linked_kit FOLDER: the scripts also in FOLDER/scripts, from a repository to be in.
linked_kit() {
  mkdir -p "$1"
  ln -s "$ROOT/scripts" "$1/scripts"
  new_repository
  PATH=${PATH#"$ROOT/scripts:"}
}

# pasted: what the hint of the last run says, typed into the same folder.
pasted() {
  bash -c "${stderr##*hint: }" >/dev/null 2>&1
}

@test "called: a hint is the path that was typed, quoted, and can be pasted" {
  linked_kit "$WORK/my kit"
  run --separate-stderr -4 "$WORK/my kit/scripts/status.sh" payment-gateway
  [[ $stderr == *"hint: /"*"/my\\ kit/scripts/plan.sh payment-gateway "* ]]
  pasted && [[ -f .ai-session/payment-gateway/plan.yaml ]]
}

@test "called: below the home folder the path is short" {
  export HOME=$WORK
  linked_kit "$WORK/my kit"
  run --separate-stderr -4 "$WORK/my kit/scripts/status.sh" payment-gateway
  [[ $stderr == *"hint: ~/my\\ kit/scripts/plan.sh payment-gateway "* ]]
  pasted && [[ -f .ai-session/payment-gateway/plan.yaml ]]
}

@test "called: a relative path stays one" {
  linked_kit .
  run --separate-stderr -4 ./scripts/status.sh payment-gateway
  [[ $stderr == *'hint: ./scripts/plan.sh payment-gateway '* ]]
  run -0 scripts/init-session.sh shop
  says 'Next: scripts/plan.sh shop "what to build"'
}

@test "called: on PATH a bare word is enough, by whatever path that leads there" {
  linked_kit "$WORK/kit"
  PATH=$WORK/kit/scripts:$PATH
  run --separate-stderr -4 status.sh payment-gateway
  [[ $stderr == *'hint: plan.sh payment-gateway '* ]]
  run --separate-stderr -4 "$ROOT/scripts/status.sh" payment-gateway
  [[ $stderr == *'hint: plan.sh payment-gateway '* ]]
}

@test "called: other scripts of that name that come first on PATH do not count" {
  linked_kit "$WORK/kit"
  mkdir "$WORK/other"
  printf '#!/bin/sh\n' >"$WORK/other/ai-session.sh" && chmod +x "$WORK/other/ai-session.sh"
  PATH=$WORK/other:$WORK/kit/scripts:$PATH
  run --separate-stderr -4 status.sh payment-gateway
  [[ $stderr == *"hint: "*"/kit/scripts/plan.sh payment-gateway "* ]]
}

@test "called: by a link to one script, hints name the scripts where they are" {
  linked_kit "$WORK/kit"
  ln -s "$ROOT/scripts/status.sh" "$WORK/status"
  run --separate-stderr -4 "$WORK/status" payment-gateway
  pasted && [[ -f .ai-session/payment-gateway/plan.yaml ]]
}

@test "called: the page of a script has the path in its examples, not in its table" {
  linked_kit .
  run -0 ./scripts/ai-session.sh help
  says 'Usage: ./scripts/ai-session.sh COMMAND'
  says $'\n  ./scripts/plan.sh payment-gateway "Design'
  says $'\n  plan.sh FEATURE "PROMPT"   '
  run --separate-stderr -2 ./scripts/plan.sh
  says 'Usage: ./scripts/plan.sh FEATURE'
  run --separate-stderr -2 ./scripts/demo.sh --fast
  says 'hint: ./scripts/demo.sh --help'
}

@test "called: bash and Python show the same" {
  linked_kit "$WORK/my kit"
  local from_bash from_python
  from_bash=$("$WORK/my kit/scripts/implement.sh" 2>&1 | grep -o '/.*my.*implement.sh' | head -1) || true
  from_python=$("$WORK/my kit/scripts/implement.sh" --help | grep -o '/.*my.*implement.sh' | head -1)
  [[ -n $from_python && $from_bash == "$from_python" ]]
}

@test "session: the name is made of the command and the feature" {
  [[ $(told plan.sh shop 'Design it') == '<plan><--default-session><plan-shop><shop><Design it>' ]]
}

@test "session: the feature is found behind options and their values" {
  [[ $(told implement.sh --task T1.1 shop) == '<implement><--default-session><implement-shop><--task><T1.1><shop>' ]]
  [[ $(told implement.sh --task=T1.1 --json shop) == *'<implement-shop>'* ]]
  [[ $(told implement.sh -m opus --next shop) == *'<implement-shop>'* ]]
  [[ $(told implement.sh -mopus -qt T1.1 shop) == *'<implement-shop>'* ]]
  [[ $(told implement.sh -qv -n shop) == *'<implement-shop>'* ]]
  [[ $(told review.sh -- shop) == *'<review-shop>'* ]]
}

@test "session: without a feature nothing is named, and Python answers" {
  [[ $(told implement.sh --task T1.1) == '<implement><--task><T1.1>' ]]
  [[ $(told plan.sh --help) == '<plan><--help>' ]]
}

@test "session: no arguments at all is the usage on stderr, exit 2" {
  run --separate-stderr -2 plan.sh
  [[ -z $output && $stderr == *'Usage: plan.sh FEATURE "PROMPT"'* ]]
}

@test "session: every word for no means no session" {
  local word
  for word in 0 false FALSE False no No off OFF; do
    [[ $(USE_SESSIONS=$word told plan.sh shop) == '<plan><--no-session><shop>' ]]
  done
}

@test "session: every word for yes, and none, means a session" {
  local word
  for word in '' 1 true TRUE yes on On; do
    [[ $(USE_SESSIONS=$word told plan.sh shop) == *'<--default-session><plan-shop>'* ]]
  done
}

@test "die: one line, a hint, the code" {
  run --separate-stderr -7 bash -c 'self=x; source "$ROOT/scripts/lib/start.sh"; die --code 7 --hint "do this" "it broke"'
  [[ -z $output && $stderr == $'error: it broke\nhint: do this' ]]
}

@test "on_exit: what was registered last runs first, with its arguments whole" {
  run -3 bash -c 'self=x; source "$ROOT/scripts/lib/start.sh"; on_exit say "a  b"; on_exit say c; exit 3'
  [[ $output == $'c\na  b' ]]
}
