# shellcheck shell=bash
# How scripts speak and stop: the answer on stdout, all else on stderr, one line for an error.

say() { printf '%s\n' "$*"; }      # the answer
note() { printf '%s\n' "$*" >&2; } # all else
warn() { printf 'warning: %s\n' "$*" >&2; }

# die [--code N] [--hint TEXT] MESSAGE: one line, what to do about it, exit code (1 unless given).
die() {
  local code=1 hint='' shown
  while [[ ${1-} == --* ]]; do
    case $1 in
      --code) code=$2 ;;
      --hint) hint=$2 ;;
      *) break ;;
    esac
    shift 2
  done
  note "error: $*"
  if [[ -n $hint ]]; then
    called_as "$hint"
    note "hint: $shown"
  fi
  exit "$code"
}

# usage: the script's header comment, which is its help. A line of a table has no room for a path.
# shellcheck disable=SC2154  # `self` is set by the script
usage() {
  local line text='' shown
  while IFS= read -r line; do
    case $line in
      '#!'*) ;;
      '# '*.sh*' '*'   '*) text=$text${line#\# }$'\n' ;;
      '# '*)
        called_as "${line#\# }"
        text=$text$shown$'\n'
        ;;
      '#') text=$text$'\n' ;;
      *) break ;;
    esac
  done <"${self:?}"
  printf '%s' "$text" 2>/dev/null || die --code 11 'stdout cannot be written: it is full or closed'
}

# usage_error MESSAGE: what was wrong with the command, and where its help is.
usage_error() {
  die --code 2 --hint "${self##*/} --help" "$*"
}

# need TOOL HOW_TO_GET_IT: stop with 3 unless TOOL can be run.
need() {
  command -v "$1" >/dev/null 2>&1 || die --code 3 --hint "$2" "$1 is not installed"
}

# on_exit COMMAND ARGS…: run this when the script ends, last registered first.
_at_exit=':'
on_exit() {
  local quoted
  printf -v quoted '%q ' "$@"
  _at_exit="$quoted; $_at_exit"
  # shellcheck disable=SC2064  # expanded now on purpose: the list only grows
  trap "$_at_exit" EXIT
}
