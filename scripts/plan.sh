#!/usr/bin/env bash
# Plan a feature, task by task, in session plan-<feature>.
#
# Usage: plan.sh FEATURE "PROMPT"
# Example: plan.sh payment-gateway "Design payment processing"

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
