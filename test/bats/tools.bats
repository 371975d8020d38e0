#!/usr/bin/env bats
# test/tools.sh: the tools that only tests need are found, installed, or named.

load helper

# Run `find_test_tools` in a toolkit without local tools, with only these commands on PATH.
with_only() {
  local name
  mkdir -p "$WORK/bin" "$WORK/kit"
  for name in bash "$@"; do
    [[ -e $WORK/bin/$name ]] || ln -s "$(command -v "$name")" "$WORK/bin/$name"
  done
  run --separate-stderr env PATH="$WORK/bin" bash -c 'self=x
    source "$1/scripts/lib/start.sh"
    ROOT=$2
    source "$1/test/tools.sh"
    find_test_tools && printf "%s\n" "$BATS"' run "$ROOT" "$WORK/kit"
}

# stub NAME TEXT: a command that is this script.
stub() {
  mkdir -p "$WORK/bin"
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$WORK/bin/$1"
  chmod +x "$WORK/bin/$1"
}

@test "tools: what cannot be installed is named with what to type, exit 3" {
  with_only env git jq
  [[ $status == 3 ]]
  one_error
  says 'npm install -g bats'
}

@test "tools: a missing jq is installed by name where the machine can" {
  stub bats 'echo Bats 1.13.0'
  stub apt-get 'case "$*" in *"install -y"*jq*) echo "#!/bin/sh" >"${0%/*}/jq" && chmod +x "${0%/*}/jq" ;; esac'
  stub sudo '[[ $1 != -n ]] || shift; exec "$@"'
  with_only env git true chmod
  [[ $status == 0 && $output == "$WORK/bin/bats" && -e $WORK/bin/jq ]]
}

@test "tools: bats comes from npm into a folder of the checkout, in one piece" {
  stub npm 'mkdir -p "$3/node_modules/bats/bin"
    printf "#!/usr/bin/env bash\necho Bats 1.13.0\n" >"$3/node_modules/bats/bin/bats"
    chmod +x "$3/node_modules/bats/bin/bats"'
  with_only env git jq mkdir mktemp mv rm chmod
  [[ $status == 0 && $output == "$WORK/kit/.tools/bats/node_modules/bats/bin/bats" ]]
  [[ $(ls "$WORK/kit/.tools") == bats ]]
}

@test "tools: a bats that is too old does not count" {
  stub bats 'echo Bats 1.2.1'
  with_only env git jq
  [[ $status == 3 ]]
}
