#!/usr/bin/env bash
# Lay out a new feature in your repository; calls no agent.
#
# Usage: init-session.sh FEATURE ["PROMPT"] [--template NAME|FILE] [--templates]
# Example: init-session.sh payment-gateway

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
