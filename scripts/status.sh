#!/usr/bin/env bash
# Show where a feature stands, and what to do next.
#
# Usage: status.sh [FEATURE] [--prove]
# Example: status.sh payment-gateway

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
