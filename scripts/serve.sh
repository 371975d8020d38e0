#!/usr/bin/env bash
# Serve sessions over HTTP: an API, and pages for a browser.
#
# Usage: serve.sh [--host HOST] [--port PORT] [token show|add|list|revoke]
# Example: serve.sh --port 8765

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
