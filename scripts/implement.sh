#!/usr/bin/env bash
# Do one task, test first, in session implement-<feature>.
#
# Usage: implement.sh FEATURE --task T1.1
# Example: implement.sh payment-gateway --task T1.1

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
