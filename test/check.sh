#!/usr/bin/env bash
# Check formatting, lint, types, shell scripts and generated pages. Needs git and Python.
#
# Usage: test/check.sh

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}../scripts/lib/start.sh"

main() {
  case ${1-} in
    '') ;;
    -h | --help) usage && return ;;
    *) usage_error "unknown argument: $1" ;;
  esac
  _is_set_up dev || set_up --dev
  cd "$ROOT"
  local shell=(scripts/*.sh scripts/lib/*.sh test/*.sh test/bare/* test/bats/*.bash test/bats/*.bats
    test/bin/set-up/* test/bin/pages/* .ci/run)
  "$PYTHON" -m ruff check pylib test docs
  "$PYTHON" -m ruff format --check pylib test docs
  "$PYTHON" -m mypy --strict
  "$PYTHON" -m mypy --strict pylib/bootstrap.py
  .venv/bin/shellcheck -x -P . "${shell[@]}"
  .venv/bin/shfmt -i 2 -ci -d "${shell[@]}"
  "$PYTHON" pylib/tools/write_docs.py --check
}

main "$@"
