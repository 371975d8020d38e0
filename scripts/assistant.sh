#!/usr/bin/env bash
# Talk with an assistant that remembers you and takes the model that is best now.
#
# Usage: assistant.sh [ask "TEXT" | chat] [--init] [--greeting] [--stats] [--suggest-model]
# Example: assistant.sh ask "What is a closure?"

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
