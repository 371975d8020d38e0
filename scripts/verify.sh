#!/usr/bin/env bash
# Check a feature with fresh eyes: GO, NO-GO or MANUAL.
#
# Usage: verify.sh FEATURE
# Example: verify.sh payment-gateway

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
