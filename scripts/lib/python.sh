# shellcheck shell=bash
# The one crossing from Bash into Python: its environment made when needed, then one `exec`.

PYTHON=$ROOT/.venv/bin/python
readonly PYTHON

# py_exec COMMAND ARGS…: become Python, so that signals and the exit code pass by themselves.
py_exec() {
  local toolkit=()
  _find_toolkit
  exec "${toolkit[@]}" "$@"
}

# _find_toolkit: put the words that start the Python side into the caller's `toolkit`. A checkout has
# an environment of its own, made when it is needed.
_find_toolkit() {
  _is_set_up core || set_up --core
  toolkit=("$PYTHON" -I -S "$ROOT/pylib/launch.py")
}

# set_up --core|--dev|--local: make .venv, or bring it up to date with its lock files.
set_up() {
  local interpreter
  _find_python
  "$interpreter" -I "$ROOT/pylib/bootstrap.py" "$@"
}

# _is_set_up core|dev: true when the stamp was written after the lock file. Asks the file system
# only: starting Python to find out would cost more than the answer of `ai-session.sh list`.
_is_set_up() {
  [[ -x $PYTHON && $ROOT/.venv/$1.stamp -nt $ROOT/pylib/requirements/$1.txt ]]
}

# _find_python: put the first Python that is new enough into the caller's `interpreter`.
_find_python() {
  local name found=''
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    command -v "$name" >/dev/null 2>&1 || continue
    interpreter=$name
    "$name" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    found=${found:-$("$name" --version 2>&1 || true)}
  done
  die --code 3 --hint 'install it (apt-get install python3, brew install python) and try again' \
    "Python 3.11 or newer is needed; found ${found:-none}"
}
