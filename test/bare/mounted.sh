#!/usr/bin/env bash
# Mount /proc, /dev and files of this machine below a root, read-only, and run a command.
#
# Usage: unshare --mount --pid --fork mounted.sh ROOT [PATH...] -- COMMAND ARGS...
set -euo pipefail

# make_place PATH: something below the root to mount PATH on; a link there that leads nowhere goes.
make_place() {
  mkdir -p "$root${1%/*}"
  if [[ -d $1 ]]; then
    mkdir "$root$1"
  else
    rm -f "$root$1"
    : >"$root$1"
  fi
}

root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [[ $1 != -- ]]; do
  if [[ -e $1 ]]; then
    [[ -e $root$1 ]] || make_place "$1"
    mount --bind -o ro "$1" "$root$1"
  fi
  shift
done
shift
"$@" # no exec: unshare kills us, as process 1, and so all of them; not one that became another user
