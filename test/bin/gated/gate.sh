# shellcheck shell=sh
# Stops a stand-in until the test lets it go on: agents, tests and hooks source this.
#
# GATES is the test's folder; without it nobody waits. RUN says whose child this is.

# gate WHAT: say that we are here, and wait.
gate() {
  [ -n "${GATES-}" ] || return 0
  gates=$((${gates-0} + 1))
  mkfifo "$GATES/$$.$gates"
  printf '%s\n' "$RUN|$$|$PPID|$GATES/$$.$gates|$1" >"$GATES/moments"
  read -r _ <"$GATES/$$.$gates"
}
