#!/usr/bin/env bash
# Lay out a new feature: its workspace in your repository. Needs no session and no agent.
#
# Usage: init-session.sh FEATURE
# Example: init-session.sh payment-gateway

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
py_exec init "$@"
