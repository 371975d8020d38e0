#!/usr/bin/env bash
# Show where a feature stands, and what to do next.
#
# Usage: status.sh [FEATURE]
# Example: status.sh payment-gateway

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

py_exec status "$@"
