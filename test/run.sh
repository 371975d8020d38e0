#!/usr/bin/env bash
# Run all tests that need no network. Needs git and Python; what else they need comes into .tools.
#
# Usage: test/run.sh [py|bats]
#
# Exit codes: 1 when a test failed; 6 when a whole folder of tests was skipped, for a tool that could
# not be had; TESTS_MAY_SKIP=1 takes that for passed.

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}../scripts/lib/start.sh"

SKIPPED=6

main() {
  local what=${1-all} code=0
  case $what in
    py | bats | all) ;;
    -h | --help) usage && return ;;
    *) usage_error "unknown part: $what" ;;
  esac
  need git 'install git (apt-get install git, brew install git)'
  _is_set_up dev || set_up --dev
  "$PYTHON" -I "$ROOT/test/tools.py"
  PATH=$ROOT/.tools/bin:$(folder_of_python3)$PATH
  cd "$ROOT"
  note 'tests: about a quarter of an hour on two cores, on all there are'
  [[ $what == bats ]] || run_pytest || code=$?
  [[ $what == py ]] || run_bats || code=$(worse "$code" $?)
  return "$code"
}

# The folder of the interpreter and a colon, where `python3` is a script of a version manager, which
# begins 30 processes to find it, each time anew.
folder_of_python3() {
  local found
  found=$(command -v python3) || return 0
  [[ $(head -c 2 "$found") != '#!' ]] ||
    "$found" -c 'import os, sys; print(os.path.dirname(sys.executable), end=os.pathsep)'
}

# A failure is worse than tests that were skipped, which is worse than nothing.
worse() {
  if (($1 == 0 || $1 == SKIPPED && $2 != 0)); then printf '%s' "$2"; else printf '%s' "$1"; fi
}

# test/conftest.py counts the folders that were skipped.
run_pytest() {
  "$PYTHON" -m pytest -n auto test/py test/rules test/faults
}

# TAP as it comes, then one line with the counts.
run_bats() {
  local line passed=0 failed=0 skipped=0
  if ! _has_bats; then
    say 'skipped: all of test/bats (bats 1.5 or newer is not installed)'
    _may_skip
    return
  fi
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
      'ok '*' # skip'*) skipped=$((skipped + 1)) ;;
      'ok '*) passed=$((passed + 1)) ;;
      'not ok '*) failed=$((failed + 1)) ;;
    esac
  done < <(bats --tap -r test/bats 2>&1)
  say "$passed passed, $failed failed$( ((skipped == 0)) || printf ', %s skipped' "$skipped")"
  ((failed == 0 && passed + skipped > 0)) || return 1
  ((passed > 0)) || _may_skip
}

_has_bats() {
  [[ $(bats --version 2>/dev/null) =~ ^Bats\ ([2-9]|1\.([5-9]|[1-9][0-9])) ]]
}

_may_skip() {
  [[ ${TESTS_MAY_SKIP-} == 1 ]] || return "$SKIPPED"
}

main "$@"
