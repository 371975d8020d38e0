#!/usr/bin/env bash
# Take a feature from plan to GO in a scratch repository.
#
# Usage: demo.sh
#
# The agent is a recording unless you name a real one, which
# costs money: AGENT=claude demo.sh
# Everything is kept in one temporary folder, its sessions
# too; yours are not touched.

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
