#!/usr/bin/env bash
# Plan a feature, task by task, in the session plan-<feature>.
#
# Usage: plan.sh FEATURE "PROMPT"
# Example: plan.sh payment-gateway "Design payment processing"

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

session_exec plan "$@"
