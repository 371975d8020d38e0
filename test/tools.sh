# shellcheck shell=bash
# The tools that only the tests need: found, else installed by package name, else named.

# shellcheck disable=SC2034  # for whoever sources this
BATS=''
_LOCAL_BATS=$ROOT/.tools/bats/node_modules/bats/bin/bats
_BATS_VERSION=1.13.0

find_test_tools() {
  need git 'install git (apt-get install git, brew install git)'
  command -v jq >/dev/null 2>&1 || _install_package jq
  need jq 'install jq (apt-get install jq, brew install jq)'
  _find_bats || _install_bats || _find_bats ||
    die --code 3 --hint 'npm install -g bats, or: apt-get install bats, or: brew install bats-core' \
      'bats 1.5 or newer is not installed'
}

# _find_bats: put the path of a bats that knows `run -5` into BATS.
_find_bats() {
  local found
  for found in "$(command -v bats || true)" "$_LOCAL_BATS"; do
    if [[ -x $found ]] && _is_recent "$("$found" --version 2>/dev/null)"; then
      # shellcheck disable=SC2034
      BATS=$found
      return 0
    fi
  done
  return 1
}

# True for `Bats 1.5.0` and later.
_is_recent() {
  local version=${1#Bats } minor
  minor=${version#*.}
  minor=${minor%%.*}
  [[ $version == [1-9]*.* && $minor == [0-9]* ]] && ((${version%%.*} > 1 || minor >= 5))
}

# Into a folder of this checkout, moved into place when it is whole: two test runs may start at once.
_install_bats() {
  local folder
  if command -v npm >/dev/null 2>&1; then
    note "installing bats $_BATS_VERSION into .tools with npm ..."
    mkdir -p "$ROOT/.tools"
    folder=$(mktemp -d "$ROOT/.tools/bats.XXXXXX")
    if npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error \
      "bats@$_BATS_VERSION" >&2; then
      [[ -e $ROOT/.tools/bats ]] || mv "$folder" "$ROOT/.tools/bats"
    fi
    rm -rf "$folder"
  else
    _install_package bats bats-core
  fi
  _find_bats
}

# _install_package NAME [NAME_IN_BREW]: with what this machine has; true also when it could not.
_install_package() {
  local as_root=()
  if command -v apt-get >/dev/null 2>&1; then
    if ((EUID)); then
      { command -v sudo >/dev/null 2>&1 && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; } || return 0
      as_root=(sudo)
    fi
    note "installing $1 with apt-get ..."
    _apt "$1" || true
  elif command -v brew >/dev/null 2>&1; then
    note "installing ${2:-$1} with brew ..."
    brew install --quiet "${2:-$1}" >&2 || true
  fi
}

# Lists may be missing or old, and another test run may hold apt's lock: hence the second and third go.
_apt() {
  local try options=(-qq -o DPkg::Lock::Timeout=120)
  for try in 1 2 3; do
    if ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
      apt-get "${options[@]}" install -y --no-install-recommends "$1" >/dev/null 2>&1; then
      return 0
    fi
    ((try > 1)) && sleep 5
    ${as_root[@]+"${as_root[@]}"} apt-get "${options[@]}" update >/dev/null 2>&1 || true
  done
  return 1
}
