#!/usr/bin/env bats
# test/run.sh: what it counts, and what a run of all tests ends with.

load helper

# run_sh WORDS…: a copy of test/run.sh, with a bats that prints $TAP and a pytest that ends with $PYTEST.
run_sh() {
  local kit="$WORK/a kit"
  mkdir -p "$kit/test" "$kit/pylib/requirements" "$kit/.venv/bin" "$WORK/bin"
  cp -R "$ROOT/scripts" "$kit/scripts"
  cp "$ROOT/test/run.sh" "$kit/test/run.sh"
  : >"$kit/pylib/requirements/dev.txt"
  touch -t 203001010000 "$kit/.venv/dev.stamp"
  # shellcheck disable=SC2016
  stub "$kit/.venv/bin/python" '[[ $1 != -m ]] || exit "${PYTEST-0}"'
  # shellcheck disable=SC2016
  stub "$WORK/bin/bats" '[[ $1 != --version ]] || { echo "Bats ${VERSION-1.13.0}" && exit; }
    printf %b "$TAP"'
  PATH=$WORK/bin:$PATH run --separate-stderr "$kit/test/run.sh" "$@"
}

stub() {
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$1"
  chmod +x "$1"
}

@test "run: the Bash part counts, and ends with 0 when something passed" {
  export TAP='1..3\nok 1 a\nok 2 b # skip no x\nok 3 c\n'
  run_sh bats
  [[ $status == 0 && ${lines[*]: -1} == '2 passed, 0 failed, 1 skipped' ]]
}

@test "run: one test that failed, or none at all, is 1" {
  TAP='1..2\nok 1 a\nnot ok 2 b\n' run_sh bats
  [[ $status == 1 && ${lines[*]: -1} == '1 passed, 1 failed' ]]
  TAP='' run_sh bats
  [[ $status == 1 ]]
}

@test "run: a Bash part that was skipped whole is named and is 6, unless it may" {
  export TAP='1..1\nok 1 a # skip no x\n'
  run_sh bats
  [[ $status == 6 ]]
  TESTS_MAY_SKIP=1 run_sh bats
  [[ $status == 0 ]]
  VERSION=1.4.1 run_sh bats
  [[ $status == 6 ]]
  says 'skipped: all of test/bats (bats 1.5 or newer is not installed)'
}

@test "run: a failure in one part is not hidden by what the other was skipped for" {
  export TAP='1..1\nok 1 a # skip no x\n'
  PYTEST=1 run_sh
  [[ $status == 1 ]]
  export TAP='1..1\nnot ok 1 a\n'
  PYTEST=6 run_sh
  [[ $status == 1 ]]
  export TAP='1..1\nok 1 a\n'
  PYTEST=6 run_sh
  [[ $status == 6 ]]
}
