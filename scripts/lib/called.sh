# shellcheck shell=bash
# How the user called us, so that every command we show can be pasted; Python goes by it as well.

# What a user types in front of a script's name: nothing where the scripts are on PATH, else their
# folder; for the command of an installed package that word with a space behind it, `ai-sessions `.
_CALLED=''

# called_as TEXT: put TEXT, with its commands as the user has to type them, into the caller's `shown`.
called_as() {
  local rest=$1 before script
  shown=''
  while [[ $rest == *.sh* ]]; do
    before=${rest%%.sh*} rest=${rest#*.sh}
    script=${before##*[ \(]}
    if [[ -z $script || $script == */* || ! -x $ROOT/scripts/$script.sh ]]; then
      shown+=$before.sh
    else
      shown+=${before%"$script"}$_CALLED
      if [[ $_CALLED == *' ' ]]; then
        _word_of "$script"
      else
        shown+=$script.sh
      fi
    fi
  done
  shown+=$rest
}

# _word_of SCRIPT: add what stands for it in `ai-sessions …` to the caller's `shown`.
_word_of() {
  case $1 in
    ai-session) shown=${shown% } ;;
    init-session) shown+=init ;;
    track-session-todo) shown+=todo ;;
    *) shown+=$1 ;;
  esac
}

# find_called FOLDER: set _CALLED for scripts that were called in FOLDER, unless who called us knows.
find_called() {
  local folder=$1 rest=$PATH: entry
  [[ -z ${_AI_SESSIONS_CALLED+known} ]] || {
    _CALLED=$_AI_SESSIONS_CALLED
    return
  }
  [[ -x $folder/ai-session.sh ]] || folder=$ROOT/scripts # it was a link to one of them
  if [[ $folder == /* ]]; then
    while [[ -n $rest ]]; do
      entry=${rest%%:*} rest=${rest#*:}
      [[ -x ${entry:-.}/ai-session.sh ]] || continue
      [[ ! ${entry:-.}/ai-session.sh -ef $folder/ai-session.sh ]] || folder=''
      break
    done
  fi
  _quote_folder "$folder"
}

# _quote_folder FOLDER: put it into _CALLED, ready for a shell; below the home folder as `~/…`.
_quote_folder() {
  local folder=$1
  case $folder in
    '') _CALLED='' ;;
    "${HOME:-/}"/*)
      printf -v _CALLED '%q' "${folder#"$HOME"/}/"
      _CALLED=\~/$_CALLED
      ;;
    *) printf -v _CALLED '%q' "$folder/" ;;
  esac
}
