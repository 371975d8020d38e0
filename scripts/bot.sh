#!/usr/bin/env bash
# Talk with your sessions from Telegram or Discord.
#
# Usage: bot.sh telegram|discord [--check] [--webhook URL] [--port N]
# Example: bot.sh telegram

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
