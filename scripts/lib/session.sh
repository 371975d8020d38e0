# shellcheck shell=bash
# The session of a command on a feature: its name, and whether there is to be one (USE_SESSIONS).

# The options of the session commands that take a value, so that the feature is found wherever it
# stands among them; of the short ones, the letters are also in _find_feature. test/rules compares
# this list with the Python commands.
_VALUE_OPTIONS=' --session --default-session --provider -m --model --timeout --lock-wait --retry '
_VALUE_OPTIONS+='--retry-wait --import -t --task --max-tasks --jobs --answer --reason --attempts --commit '
_VALUE_OPTIONS+='--base --with --focus '

# session_exec COMMAND ARGS…: hand over to Python together with the session's name.
session_exec() {
  local command=$1 feature=''
  shift
  (($#)) || { usage >&2 && exit 2; }
  if _sessions_are_off; then
    py_exec "$command" --no-session "$@"
  fi
  _find_feature "$@"
  if [[ -z $feature ]]; then
    py_exec "$command" "$@" # --help, or a missing argument: Python answers
  fi
  py_exec "$command" --default-session "$command-$feature" "$@"
}

# True for the words that mean no. Any other odd word is for Python to refuse, with its origin.
_sessions_are_off() {
  case ${USE_SESSIONS-} in
    0 | [Ff][Aa][Ll][Ss][Ee] | [Nn][Oo] | [Oo][Ff][Ff]) return 0 ;;
    *) return 1 ;;
  esac
}

# _find_feature ARGS…: put the first argument that is no option into the caller's `feature`.
_find_feature() {
  while (($#)); do
    case $1 in
      -h | --help) return ;;
      --) feature=${2-} && return ;;
      --*) [[ $_VALUE_OPTIONS != *" $1 "* ]] || shift ;;
      -*[mt]?*) ;;     # with its value: -mopus, -t=T1.1
      -*[mt]) shift ;; # its value comes next, also in -qm opus
      -?*) ;;
      *) feature=$1 && return ;;
    esac
    shift $(($# > 0))
  done
}
