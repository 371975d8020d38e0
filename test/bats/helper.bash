# shellcheck shell=bash
# What every bats file loads: the scripts on PATH, a home of its own, a repository to work in.

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
bats_require_minimum_version 1.5.0

# A clean environment and a fresh repository, all in folders with a space in their names.
setup() {
  local name
  for name in "${!AI_@}" "${!SESSION_@}" "${!GIT_@}" "${!OPENAI_@}" "${!ANTHROPIC_@}" \
    "${!LOCAL_@}" "${!FAKE_@}"; do
    unset "$name"
  done
  unset USE_SESSIONS ATTEMPTS TEST_TIMEOUT DEBUG XDG_STATE_HOME XDG_CONFIG_HOME
  WORK="$BATS_TEST_TMPDIR/a b"
  mkdir -p "$WORK/home" "$WORK/shop"
  export HOME=$WORK/home SESSION_DIR=$WORK/sessions SESSION_FSYNC=none NO_COLOR=1 AI_PROVIDER=demo
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  export GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@example.com
  export GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@example.com
  PATH=$ROOT/scripts:$PATH
  cd "$WORK/shop" || return
}

# A repository with one commit, in the current folder.
new_repository() {
  git init -q .
  git symbolic-ref HEAD refs/heads/main
  printf '# Shop\n' >README.md
  printf '"""A small shop."""\n' >shop.py
  printf '__pycache__/\n' >.gitignore
  git add .
  git commit -q -m 'Start the shop'
}

# A feature that is laid out and planned by the demo agent.
planned_feature() {
  new_repository
  init-session.sh payment-gateway >/dev/null 2>&1
  plan.sh payment-gateway 'Design payment processing' >/dev/null 2>&1
}

# one_error: the command said one line that begins with `error:`, and no traceback.
one_error() {
  local errors
  # shellcheck disable=SC2154  # `run --separate-stderr` sets stderr
  errors=$(grep -c '^error: ' <<<"$stderr")
  [[ $errors == 1 ]] && ! grep -q Traceback <<<"$stderr"
}

# says TEXT: stdout or stderr of the last run holds TEXT; shows both when it does not.
# shellcheck disable=SC2154  # `run` sets output
says() {
  [[ $output$'\n'${stderr-} == *"$1"* ]] || {
    printf 'expected: %s\nstdout: %s\nstderr: %s\n' "$1" "$output" "${stderr-}" >&2
    return 1
  }
}

# Two sessions of the feature `shop`: one call that cost $0.0123, one without a known price.
two_sessions() {
  "$ROOT/.venv/bin/python" "$ROOT/test/bats/seed.py" "$SESSION_DIR"
}

# nobody_installed: no agent is on PATH from here on, nor named; skips where one is for everybody.
nobody_installed() {
  local agent
  unset AI_PROVIDER
  PATH=$ROOT/scripts:/usr/bin:/bin:$ROOT/.tools/bin # jq may be in the latter
  for agent in claude codex gemini opencode; do
    ! command -v "$agent" >/dev/null || skip "$agent is installed system-wide"
  done
}

# use_claude [BEHAVIOUR]: the stand-in for Claude Code answers from here on.
use_claude() {
  PATH=$ROOT/test/bin/agents:$PATH
  export AI_PROVIDER=claude FAKE_CLAUDE=${1:-do-nothing} FAKE_CLAUDE_LOG=$WORK/claude.log
  export FAKE_CLAUDE_HERE=$WORK/here FAKE_CLAUDE_GO=$WORK/go
}

# needs_jq: skip the test where jq could not be had.
needs_jq() {
  command -v jq >/dev/null || skip 'jq is not installed'
}

# serve API TURNS: begin that server and put its address into the caller's `url`.
serve() {
  printf '%s' "$2" >"$WORK/turns.json"
  mkfifo "$WORK/stdin" "$WORK/stdout"
  "$ROOT/.venv/bin/python" "$ROOT/test/servers/$1_server.py" \
    --script "$WORK/turns.json" --log "$WORK/requests.jsonl" \
    <"$WORK/stdin" >"$WORK/stdout" 3>&- &
  exec 9>"$WORK/stdin"
  # shellcheck disable=SC2034  # the caller's
  read -r url <"$WORK/stdout"
}
