# shellcheck shell=bash
# The start of every script: Bash in strict mode, the toolkit's root, then the command of its name.
#
# Sourced with `self` set to the script's own path behind all symlinks. Written for bash 3.2
# (macOS), and without a fork on the way to Python: start-up time is counted in milliseconds.

# `sh plan.sh`, `zsh plan.sh`: the same again in Bash. zsh has the script's name elsewhere.
[ -n "${BASH_VERSION-}" ] || exec bash "${ZSH_ARGZERO:-$0}" "$@"

set +o posix # where `sh` is Bash
set -euo pipefail

# ROOT: the folder that holds scripts/ and pylib/, absolute and free of symlinks. Changing there and
# back is cheaper than a subshell, which is for a folder that was removed: without a way back we
# would go on in the toolkit's own repository.
_lib=${BASH_SOURCE[0]%/*}
_here=$PWD
if [[ $_here -ef . ]]; then
  CDPATH='' cd -P -- "$_lib/../.."
  ROOT=$PWD
  cd -- "$_here"
else
  ROOT=$(CDPATH='' cd -P -- "$_lib/../.." && pwd)
fi
unset _lib _here

# shellcheck source=scripts/lib/called.sh
source "$ROOT/scripts/lib/called.sh"
# shellcheck source=scripts/lib/messages.sh
source "$ROOT/scripts/lib/messages.sh"
case $0 in
  */*) find_called "${0%/*}" ;;
  *) find_called . ;;
esac
# shellcheck source=scripts/lib/python.sh
source "$ROOT/scripts/lib/python.sh"

# dispatch SCRIPT ARGS…: the one table of scripts and their commands. Other scripts that source this
# file (test/run.sh) go on by themselves.
dispatch() {
  local script=$1
  shift
  case $script in
    ai-session.sh) overview_or_exec "$@" ;;
    init-session.sh) needs_arguments init "$@" ;;
    plan.sh | implement.sh | review.sh) in_session "${script%.sh}" "$@" ;;
    verify.sh) needs_arguments verify "$@" ;;
    status.sh) py_exec status "$@" ;;
    assistant.sh) py_exec assistant "$@" ;;
    serve.sh) py_exec serve "$@" ;;
    bot.sh) needs_arguments bot "$@" ;;
    track-session-todo.sh) needs_arguments todo "$@" ;;
    demo.sh) run_demo "$@" ;;
  esac
}

overview_or_exec() {
  (($#)) || { overview >&2 && exit 2; }
  case $1 in
    help | -h | --help) (($# > 1)) || { overview && exit; } ;;
  esac
  py_exec "$@"
}

# The page of all commands is the header comment, which Bash prints faster than Python starts. On a
# terminal Python fits it to the width.
overview() {
  if [[ -t 1 ]] && is_ready; then
    find_toolkit
    _AI_SESSIONS_CALLED=$_CALLED "${_TOOLKIT[@]}" help
  else
    usage
  fi
}

needs_arguments() {
  (($# > 1)) || { usage >&2 && exit 2; }
  py_exec "$@"
}

in_session() {
  # shellcheck source=scripts/lib/session.sh
  source "$ROOT/scripts/lib/session.sh"
  session_exec "$@"
}

run_demo() {
  # shellcheck source=scripts/lib/demo.sh
  source "$ROOT/scripts/lib/demo.sh"
  demo "$@"
}

# shellcheck disable=SC2154  # `self` is set by the script
dispatch "${self##*/}" "$@"
