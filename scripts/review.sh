#!/usr/bin/env bash
# Review a feature's changes, in session review-<feature>.
#
# Usage: review.sh FEATURE
# Example: review.sh payment-gateway

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
