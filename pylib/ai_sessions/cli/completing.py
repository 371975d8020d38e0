"""Completion with Tab: what a shell has to run once, and our answer each time it asks.

One script answers for all of them: it is told the whole line, and its first word says which command
is meant. The parts for the shells are our own, because click's needs bash 4.4 and knows one script.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class, split_arg_string

from ai_sessions import config
from ai_sessions.cli import commands
from ai_sessions.cli.called import is_word
from ai_sessions.cli.terminal import COMPLETE
from ai_sessions.errors import UsageError

if TYPE_CHECKING:
    from ai_sessions.cli.app import App

_SCRIPTS = tuple(dict.fromkeys(entry.script for entry in commands.COMMANDS))
_OURS = "ai-session.sh"

_BASH = """\
_ai_sessions() {
  local IFS=$'\\n' line
  COMPREPLY=()
  for line in $(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD VARIABLE=bash_complete \\
    SCRIPT completion 2>/dev/null); do
    case $line in
      plain,*) COMPREPLY[${#COMPREPLY[@]}]=${line#plain,} ;;
      file,* | dir,*) COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")) ;;
    esac
  done
}
complete -F _ai_sessions NAMES
"""

_ZSH = """\
_ai_sessions() {
  local -a plain described answer
  local kind word text
  answer=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) VARIABLE=zsh_complete \\
    SCRIPT completion 2>/dev/null)}")
  for kind word text in $answer; do
    case $kind in
      plain) if [[ $text == _ ]]; then plain+=("$word"); else described+=("$word:$text"); fi ;;
      file | dir) _files ;;
    esac
  done
  (( $#described )) && _describe -V commands described
  (( $#plain )) && compadd -V words -a plain
  return 0
}
compdef _ai_sessions NAMES
"""

_FISH = """\
function _ai_sessions
  for line in (COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) VARIABLE=fish_complete \\
    SCRIPT completion 2>/dev/null)
    switch $line
      case 'plain,*'
        string sub -s 7 -- $line
      case 'file,*' 'dir,*'
        __fish_complete_path (commandline -t)
    end
  end
end
for name in NAMES
  complete --no-files --command $name --arguments '(_ai_sessions)'
end
"""

_SOURCES = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def source(shell: str, called: str) -> str:
    """What `shell` has to run once: for all scripts, or for the word of an installed package."""
    own = is_word(called)
    script = os.path.abspath(sys.argv[0]) if own else os.path.join(config.ROOT, "scripts", _OURS)
    names = (os.path.basename(script),) if own else _SCRIPTS
    words = {"VARIABLE": COMPLETE, "SCRIPT": shlex.quote(script), "NAMES": " ".join(names)}
    text = _SOURCES[shell].rstrip("\n")
    return re.sub(r"\b(VARIABLE|SCRIPT|NAMES)\b", lambda found: words[found[1]], text)


def answer(group: click.Group, app: App, instruction: str) -> int:
    """Print what could stand where the cursor is. `instruction`: `bash_complete`, …"""
    kind = get_completion_class(instruction.removesuffix("_complete"))
    if kind is None:
        raise UsageError(f"no completion for {instruction!r}")
    asked = kind(group, {"obj": app}, "", COMPLETE)
    args, incomplete = asked.get_completion_args()
    found = asked.get_completions([*_command(), *args], incomplete)
    click.echo("\n".join(map(asked.format_completion, found)))
    return 0


def _command() -> list[str]:
    """The command that the script at the beginning of the line stands for."""
    first = os.path.basename(split_arg_string(os.environ["COMP_WORDS"])[0])
    return [entry.name for entry in commands.COMMANDS if entry.script == first != _OURS]
