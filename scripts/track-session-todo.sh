#!/usr/bin/env bash
# Keep todos: what was started, finished or went wrong.
#
# Usage: track-session-todo.sh start|end|error|report
# Example: track-session-todo.sh report

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
