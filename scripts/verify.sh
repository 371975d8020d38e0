#!/usr/bin/env bash
# Check a feature with fresh eyes: a clean checkout, no session; GO or NO-GO.
#
# Usage: verify.sh FEATURE
# Example: verify.sh payment-gateway

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
py_exec verify "$@"
