# shellcheck shell=bash
# The one crossing from Bash into Python: its environment made when needed, then one `exec`.

PYTHON=$ROOT/.venv/bin/python
readonly PYTHON

# py_exec COMMAND ARGS…: become Python, so that signals and the exit code pass by themselves.
py_exec() {
  find_toolkit
  export _AI_SESSIONS_CALLED=$_CALLED
  exec "${_TOOLKIT[@]}" "$@"
}

# find_toolkit: put the words that start the Python side into _TOOLKIT. A checkout has an environment
# of its own, made when it is needed.
_TOOLKIT=()
find_toolkit() {
  if [[ -d $ROOT/pylib ]]; then
    _is_set_up core || set_up --core
    _TOOLKIT=("$PYTHON" -I -S "$ROOT/pylib/ai_sessions/cli/launch.py")
  else
    _find_installed
  fi
}

# is_ready: true when find_toolkit has nothing to make.
is_ready() {
  [[ ! -d $ROOT/pylib ]] || _is_set_up core
}

# _find_installed: the same in an installed package, which has the scripts inside. Its command is in
# the bin/ beside the lib/python3.x/site-packages that the package is in.
_find_installed() {
  local folder=$ROOT
  for _ in 1 2 3 4; do
    folder=${folder%/*}
    _TOOLKIT=("$folder/bin/ai-sessions")
    [[ ! -x ${_TOOLKIT[0]} ]] || return 0
  done
  die --code 3 --hint 'install the package again' "no command ai-sessions belongs to $ROOT"
}

# set_up --core|--dev|--EXTRA…: make .venv, or bring it up to date with its lock files. From the root
# of the file system: the folder of the user must not choose a Python (pyenv, uv) nor be imported.
set_up() {
  local interpreter
  _find_python
  (cd / && "$interpreter" -I "$ROOT/pylib/bootstrap.py" "$@")
}

# _is_set_up core|dev: true when the stamp was written after the lock file and what is compiled. Asks
# the file system only: starting Python to find out would cost more than the answer of
# `ai-session.sh list`.
_is_set_up() {
  local stamp=$ROOT/.venv/$1.stamp
  [[ -x $PYTHON && $stamp -nt $ROOT/pylib/requirements/$1.txt &&
    ! $ROOT/pylib/ai_sessions/compiled/scan.c -nt $stamp ]]
}

# _find_python: put the first Python that is new enough into the caller's `interpreter`: of the PATH,
# else one that uv has.
_find_python() {
  local name found=''
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    interpreter=$(command -v "$name") || continue
    _is_recent_python "$interpreter" && return
    found=${found:-$(cd / && "$interpreter" --version 2>&1 || true)}
  done
  interpreter=$(cd / && uv python find --no-project --system --no-python-downloads '>=3.11' 2>/dev/null) &&
    _is_recent_python "$interpreter" && return
  die --code 3 --hint 'uv python install 3.12 (https://docs.astral.sh/uv), or: brew install python' \
    "Python 3.11 or newer is needed; found ${found:-none}"
}

_is_recent_python() {
  (cd / && "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null)
}
