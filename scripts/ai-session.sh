#!/usr/bin/env bash
# Drive AI coding agents from the shell: proved work, conversations that continue, money accounted.
#
# Usage: ai-session.sh COMMAND [OPTIONS]
#
#   init-session.sh payment-gateway
#   plan.sh payment-gateway "Design payment processing"
#   implement.sh payment-gateway --task T1.1
#
# Work, in this order:
#   init-session.sh FEATURE                        lay out a new feature
#   plan.sh FEATURE "PROMPT"                       plan it, task by task
#   implement.sh FEATURE --task T1.1               do one task, test first, proved
#   review.sh FEATURE                              review the changes
#   verify.sh FEATURE                              check all with fresh eyes
#   status.sh [FEATURE]                            how far it is, what is next
#
# To look around:
#   demo.sh                                        a feature from plan to GO, with a recorded agent
#
# Conversations:
#   assistant.sh [ask "TEXT" | chat]               one that remembers you; the best model answers
#   ai-session.sh create NAME [--template FILE]    begin one with system text, pins, state
#   ai-session.sh chat NAME ["TEXT"]               talk with a model or an agent
#   ai-session.sh say NAME --role R [TEXT]         add a message without calling a model
#   ai-session.sh remember NAME TEXT [--key K]     what every model is told, word for word
#   ai-session.sh forget NAME KEY                  take a pin away
#   ai-session.sh state NAME [KEY[=VALUE]]         its variables: show them, set them
#   ai-session.sh context NAME [QUESTION]          what a model would be told, part by part
#   ai-session.sh summarize NAME                   a summary in place of older messages, now
#   ai-session.sh clear NAME                       let the next model begin afresh; the log stays
#   ai-session.sh deactivate NAME                  end it; the next message begins a new one
#   ai-session.sh tree NAME                        where it comes from, and what comes from it
#   ai-session.sh tag NAME +TAG -TAG               give it tags, take others away
#   ai-session.sh describe NAME TEXT [--title T]   say what it is for, and what it is called
#   ai-session.sh link NAME OTHER                  note in both that they are related
#
# Sessions:
#   ai-session.sh list                             all sessions, one line each
#   ai-session.sh show NAME                        one session: cost, last calls, what was said
#   ai-session.sh stats [--by day]                 tokens and cost over all of them
#   ai-session.sh resume NAME                      go on in the agent's own window
#   ai-session.sh search "WORDS"                   find what was said
#   ai-session.sh index                            prepare all of it for search by meaning
#   ai-session.sh export [NAME...]                 as JSON, CSV or Markdown
#   ai-session.sh render NAME                      as one page: Markdown, HTML or JSON
#   ai-session.sh import FILE | --from AGENT       bring in an export, or an agent's own logs
#   ai-session.sh redact NAME ID                   forget what was said in one entry
#   ai-session.sh remove NAME...                   remove these
#   ai-session.sh clean --older-than 30            remove unused ones
#   ai-session.sh restore NAME                     take a removed one back
#   ai-session.sh rename NAME NEW                  give one another name
#   ai-session.sh pin NAME                         keep one for ever
#   ai-session.sh fork NAME NEW                    go on from one in another direction
#   ai-session.sh adopt NAME                       give one to this repository
#   ai-session.sh path [NAME]                      where it is kept
#   ai-session.sh doctor [NAME]                    what is missing here; damage, and mend it
#   ai-session.sh models list|pull NAME            models that can be asked, and model files
#   ai-session.sh config [KEY]|set|unset           settings in force, who set them; set one
#   ai-session.sh completion bash|zsh|fish         complete commands and names with Tab
#   ai-session.sh help [COMMAND]                   this page, or a command's
#
# Todos:
#   track-session-todo.sh start|end|error|report   who did what, when, at what cost
#
# Server:
#   serve.sh [--port PORT] [token show]            sessions over HTTP: an API, and pages for a browser
#   bot.sh telegram|discord                        the same sessions from a chat on your phone
#
# Every command takes -h/--help, --json (one object, on failure too), -q/--quiet, --debug and
# --version; a feature's or session's name may be cut short as long as only one begins like that.
# Settings: SESSION_DIR, USE_SESSIONS, AI_PROVIDER, AI_MODEL and more in docs/settings.md.
# Files: ~/.ai-sessions (sessions), ~/.config/ai-sessions (settings), .ai-session/FEATURE in your
# repository (plan, evidence).
# Exit codes: 0 done, 1 checks failed, 2 usage, 3 setting, 4 not found, 5 not proved, 6 needs you,
# 7 limit, 8 locked, 9 provider, 10 context lost, 11 storage, 124 timed out (docs/exit-codes.md).

self=$0 && while [ -L "$self" ]; do link=$(readlink "$self") && case $link in /*) self=$link ;; *) self=${self%"${self##*/}"}$link ;; esac done
# shellcheck source=scripts/lib/start.sh
. "${self%"${self##*/}"}lib/start.sh"
