#!/usr/bin/env bats
# The first run of any script makes .venv: pylib/bootstrap.py through scripts/lib/python.sh.

load helper

setup_file() {
  export COPY="$BATS_FILE_TMPDIR/tool kit"
  mkdir -p "$COPY"
  cp -R "$BATS_TEST_DIRNAME/../../scripts" "$COPY/scripts"
  mkdir "$COPY/pylib"
  cp -R "$BATS_TEST_DIRNAME/../../pylib/"{requirements,bootstrap.py,ai_sessions} "$COPY/pylib/"
}

# A toolkit that was never used, with a uv that needs no network.
fresh_kit() {
  KIT="$WORK/tool kit"
  cp -R "$COPY" "$KIT"
  mkdir "$WORK/bin"
  ln -s "$ROOT/test/bin/set-up/uv" "$WORK/bin/uv"
  ln -s "$(command -v false)" "$WORK/bin/cc" # compiling takes half a second
  PATH=$WORK/bin:$PATH
  export FAKE_UV_LOG=$WORK/uv.log FAKE_UV_PACKAGES
  FAKE_UV_PACKAGES=$("$ROOT/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  # The Python behind our own environment, not the environment's.
  ln -s "$("$ROOT/.venv/bin/python" -c 'import os, sys; print(os.path.realpath(sys.executable))')" \
    "$WORK/bin/python3"
  : >"$FAKE_UV_LOG"
}

# Only Pythons that are too old on PATH.
old_pythons() {
  local name
  for name in python3 python3.11 python3.12 python3.13 python3.14; do
    ln -sf "$ROOT/test/bin/set-up/old-python" "$WORK/bin/$name"
  done
}

# Where no index can be reached and nothing was fetched before.
without_network() {
  export FAKE_UV=offline PIP_NO_INDEX=1 PIP_FIND_LINKS='' PIP_CONFIG_FILE=/dev/null
}

@test "set-up: the first run says what it does, for how long, and goes on with its work" {
  fresh_kit
  run --separate-stderr "$KIT/scripts/ai-session.sh" --version
  [[ $status == 0 && $output == "ai-sessions "* ]]
  [[ ${#stderr_lines[@]} == 2 && ${stderr_lines[1]} == 'ai-sessions: ready after '* ]]
  [[ ${stderr_lines[0]} =~ "installing "[0-9]+" packages into $KIT/.venv with uv (once; about 40 MB, " ]]
  [[ $(cat "$FAKE_UV_LOG") == *--require-hashes* ]]
}

@test "set-up: what is compiled is made with it, and again when its source changed, without a word" {
  fresh_kit
  rm "$WORK/bin/cc"
  printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n: >"$2"\n' >"$WORK/bin/cc"
  chmod +x "$WORK/bin/cc"
  run --separate-stderr "$KIT/scripts/ai-session.sh" --version
  [[ $status == 0 && ${#stderr_lines[@]} == 2 ]]
  ls "$KIT"/.venv/scan-*.so
  rm "$KIT"/.venv/scan-*.so
  touch -t 203501010000 "$KIT/pylib/ai_sessions/compiled/scan.c"
  run --separate-stderr "$KIT/scripts/ai-session.sh" --version
  [[ $status == 0 && -z $stderr ]]
  ls "$KIT"/.venv/scan-*.so
}

@test "set-up: nothing is run or imported from the folder of the user" {
  fresh_kit
  without_network
  local module
  for module in pip ensurepip venv site click os; do
    printf 'open(%s, "a").write("%s")\n' "'$WORK/imported'" "$module" >"$module.py"
  done
  printf '3.7\n' >.python-version
  run --separate-stderr -3 "$KIT/scripts/status.sh"
  one_error
  [[ ! -e $WORK/imported ]]
}

@test "set-up: an installer that installed nothing is not believed" {
  fresh_kit
  without_network
  FAKE_UV=nothing run --separate-stderr -3 "$KIT/scripts/status.sh"
  one_error
  [[ ! -e $KIT/.venv/core.stamp ]]
}

@test "set-up: an environment that lost its packages is made anew, and the command goes on" {
  fresh_kit
  "$KIT/scripts/ai-session.sh" --version 2>/dev/null
  rm "$KIT"/.venv/lib/python*/site-packages/borrowed.pth
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" config --json
  [[ $output == '{'* && $stderr == *'installing '* ]]
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" config --json
  [[ $output == '{'* && -z $stderr ]]
}

@test "set-up: what is left of packages does not stand in the way of installing them" {
  fresh_kit
  "$KIT/scripts/ai-session.sh" --version 2>/dev/null
  local site
  for site in "$KIT"/.venv/lib/python*/site-packages; do
    mkdir "$site/click" && : >"$site/click/__init__.py" # found before the whole one
    printf 'raise ImportError("half of me")\n' >"$site/yaml.py"
  done
  touch -t 200001010000 "$KIT/.venv/core.stamp"
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ ! -e $site/yaml.py && -e $KIT/.venv/core.stamp ]]
}

@test "set-up: without pip, ensurepip and uv, python3-venv is named first" {
  fresh_kit
  "$(readlink "$WORK/bin/python3")" -m venv --without-pip "$WORK/bare"
  local site
  for site in "$WORK"/bare/lib/python*/site-packages; do
    printf 'import sys; sys.modules["ensurepip"] = None\n' >"$site/a.pth"
  done
  rm "$WORK/bin/uv" "$WORK/bin/python3"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$WORK/bare/bin/python" >"$WORK/bin/python3"
  chmod +x "$WORK/bin/python3"
  ln -s "$(command -v bash)" "$WORK/bin/bash"
  run --separate-stderr -3 env PATH="$WORK/bin" bash "$KIT/scripts/ai-session.sh" list
  one_error
  [[ $stderr == *'hint: apt-get install python3-venv'*python3-pip* ]]
}

@test "set-up: a Python of uv is taken where the system has none that is new enough" {
  fresh_kit
  FAKE_UV_PYTHON=$(readlink "$WORK/bin/python3")
  export FAKE_UV_PYTHON
  old_pythons
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ $output == "ai-sessions "* ]]
}

@test "set-up: the second run does nothing at all" {
  fresh_kit
  "$KIT/scripts/ai-session.sh" --version 2>/dev/null
  rm "$WORK/bin/uv"
  run --separate-stderr "$KIT/scripts/ai-session.sh" --version
  [[ $status == 0 && -z $stderr ]]
  [[ $(wc -l <"$FAKE_UV_LOG") -eq 1 ]]
}

@test "set-up: of two that start at once, one installs and both go on" {
  fresh_kit
  "$KIT/scripts/ai-session.sh" --version >"$WORK/1" 2>&1 &
  "$KIT/scripts/ai-session.sh" --version >"$WORK/2" 2>&1
  wait $!
  [[ $(cat "$WORK/1" "$WORK/2" | grep -c '^ai-sessions [0-9]') == 2 ]]
  [[ $(wc -l <"$FAKE_UV_LOG") -eq 1 ]]
}

@test "set-up: without a network it is one error, exit 3, and nothing half-made is trusted" {
  fresh_kit
  without_network
  run --separate-stderr -3 "$KIT/scripts/ai-session.sh" list
  one_error
  says 'check the network'
  [[ ! -e $KIT/.venv/core.stamp ]]
  unset FAKE_UV
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
}

@test "set-up: a broken-off environment is thrown away and made anew" {
  fresh_kit
  mkdir -p "$KIT/.venv/bin" && : >"$KIT/.venv/.unfinished" && : >"$KIT/.venv/bin/left-over"
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ ! -e $KIT/.venv/bin/left-over && ! -e $KIT/.venv/.unfinished ]]
}

@test "set-up: an environment whose Python is gone is made anew" {
  fresh_kit
  mkdir -p "$KIT/.venv/bin" && ln -s /nowhere/python3 "$KIT/.venv/bin/python"
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ $output == "ai-sessions "* ]]
}

@test "set-up: a changed lock file brings the environment up to date, in place" {
  fresh_kit
  "$KIT/scripts/ai-session.sh" --version 2>/dev/null
  : >"$KIT/.venv/mine"
  printf '# changed\n' >>"$KIT/pylib/requirements/core.txt"
  touch -t 203001010000 "$KIT/pylib/requirements/core.txt"
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ -e $KIT/.venv/mine && $(wc -l <"$FAKE_UV_LOG") -eq 2 ]]
}

@test "set-up: a lock file that is only newer costs no installation" {
  fresh_kit
  "$KIT/scripts/ai-session.sh" --version 2>/dev/null
  touch -t 200001010000 "$KIT/.venv/core.stamp"
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ -z $stderr && $(wc -l <"$FAKE_UV_LOG") -eq 1 ]]
}

@test "set-up: an environment made by hand is kept" {
  fresh_kit
  "$WORK/bin/python3" -m venv --without-pip "$KIT/.venv"
  : >"$KIT/.venv/mine"
  run --separate-stderr -0 "$KIT/scripts/ai-session.sh" --version
  [[ -e $KIT/.venv/mine && -e $KIT/.venv/core.stamp ]]
}

@test "set-up: a Python that is too old is named, exit 3" {
  fresh_kit
  old_pythons
  run --separate-stderr -3 "$KIT/scripts/ai-session.sh" list
  one_error
  says 'Python 3.11 or newer is needed; found Python 3.9.6'
}

@test "set-up: a folder that cannot be written is one error, exit 3" {
  fresh_kit
  : >"$KIT/.venv" # a file where the folder should be, and no way to lock
  mkdir "$KIT/.venv.lock"
  run --separate-stderr -3 "$KIT/scripts/ai-session.sh" list
  one_error
}
