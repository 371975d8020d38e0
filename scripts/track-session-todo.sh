#!/usr/bin/env bash
# Keep the todos of sessions: what was started, finished or went wrong, at what cost.
#
# Usage: track-session-todo.sh start|end|error|report
# Example: track-session-todo.sh report

self=$0 link=
[[ $self == */* ]] || self=./$self
while [[ -L $self ]]; do
  link=$(readlink "$self")
  [[ $link == /* ]] || link=${self%/*}/$link
  self=$link
done
# shellcheck source=scripts/lib/core.sh
source "${self%/*}/lib/core.sh"
# shellcheck source=scripts/lib/python.sh
source "$ROOT/scripts/lib/python.sh"

(($#)) || { usage >&2 && exit 2; }
py_exec todo "$@"
