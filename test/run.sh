#!/usr/bin/env bash
# Run all tests that need no network. `make test` calls this.
#
# Usage: test/run.sh [py|bats]

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}../scripts/lib/start.sh"
# shellcheck source=test/tools.sh
source "$ROOT/test/tools.sh"

main() {
  local what=${1-all} failed=0
  case $what in
    py | bats | all) ;;
    -h | --help) usage && return ;;
    *) usage_error "unknown part: $what" ;;
  esac
  _is_set_up dev || set_up --dev
  find_test_tools
  cd "$ROOT"
  [[ $what == bats ]] || run_pytest || failed=1
  [[ $what == py ]] || run_bats || failed=1
  return "$failed"
}

run_pytest() {
  "$PYTHON" -m pytest -n auto test/py test/rules test/faults
}

# TAP as it comes, then one line with the counts.
run_bats() {
  "$BATS" --tap -r test/bats | awk '
    { print; fflush() }
    /^ok / { if (/ # skip/) skipped++; else passed++ }
    /^not ok / { failed++ }
    END {
      printf "%d passed, %d failed", passed, failed
      if (skipped) printf ", %d skipped", skipped
      print ""
      exit failed || !passed
    }'
}

main "$@"
