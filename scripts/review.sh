#!/usr/bin/env bash
# Review the changes of a feature, in the session review-<feature>.
#
# Usage: review.sh FEATURE
# Example: review.sh payment-gateway

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

session_exec review "$@"
