#!/usr/bin/env bash
# Do one task of a feature, test first, in the session implement-<feature>.
#
# Usage: implement.sh FEATURE --task T1.1
# Example: implement.sh payment-gateway --task T1.1

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
# shellcheck source=scripts/lib/session.sh
source "$ROOT/scripts/lib/session.sh"

session_exec implement "$@"
