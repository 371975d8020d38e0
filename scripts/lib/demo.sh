# shellcheck shell=bash
# A small feature from plan to GO, through the real scripts, in a scratch repository: demo.sh.

FEATURE=payment-gateway

demo() {
  local agent=${AGENT:-demo}
  case ${1-} in
    '') ;;
    -h | --help) usage && return ;;
    --version) py_exec --version ;;
    *) usage_error "unknown argument: $1" ;;
  esac
  need git 'install git (apt-get install git, brew install git)'
  find_toolkit
  find_called "$ROOT/scripts" # it goes to another folder, where a relative path leads nowhere
  export _AI_SESSIONS_CALLED=$_CALLED
  prepare "$agent"
  walk
  next_steps "$agent"
}

# A repository as a person would have it, and an environment that only the demo sees.
prepare() {
  FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/ai-sessions-demo.XXXXXX")
  export AI_PROVIDER=$1 SESSION_DIR=$FOLDER/sessions USE_SESSIONS=true
  # shellcheck disable=SC2046 # one word for each variable
  unset SESSION_ROOT SESSION_CONTENT $(git rev-parse --local-env-vars)
  [[ $1 != demo ]] || unset AI_MODEL
  mkdir "$FOLDER/shop"
  cd "$FOLDER/shop" || return
  git init -q .
  git symbolic-ref HEAD refs/heads/main
  git config user.name 'Demo'
  git config user.email 'demo@example.com'
  git config commit.gpgsign false
  git config core.hooksPath .git/hooks
  printf '# Shop\n' >README.md
  printf '"""A small shop."""\n' >shop.py
  printf '__pycache__/\n' >.gitignore
  git add . && git commit -q -m 'Start the shop'
  if [[ $1 == demo ]]; then
    note 'Demo: a recorded agent, no AI is called. Its tests, gate, session and evidence are real.'
  else
    note "Demo with $1: this calls the real agent and costs what it says."
  fi
  note "Repository and sessions: $FOLDER"
}

walk() {
  step init-session.sh "$FEATURE"
  step plan.sh "$FEATURE" 'Design payment processing'
  step implement.sh "$FEATURE" --task T1.1
  step implement.sh "$FEATURE" --task T1.2
  step review.sh "$FEATURE"
  step verify.sh "$FEATURE"
  step status.sh "$FEATURE"
  step ai-session.sh stats
  step ai-session.sh export --output "$FOLDER/sessions.json"
  if command -v jq >/dev/null 2>&1; then
    say
    say_called "\$ ai-session.sh export | jq '[.[].interactions[].cost] | add'"
    jq '[.[].interactions[].cost] | add' "$FOLDER/sessions.json"
  fi
}

# step SCRIPT ARGS…: show the command as one would type it, then run it.
step() {
  local word shown=$1
  for word in "${@:2}"; do
    case $word in
      *[!A-Za-z0-9._/=:-]*) shown="$shown \"$word\"" ;;
      *) shown="$shown $word" ;;
    esac
  done
  say
  say_called "\$ $shown"
  local code=0
  "$ROOT/scripts/$1" "${@:2}" || code=$?
  ((code == 0)) || die --code "$code" --hint "look around in $FOLDER/shop" "the demo stopped at $1"
}

# say_called TEXT: say it with its commands as the user has to type them.
say_called() {
  local shown
  called_as "$1"
  say "$shown"
}

next_steps() {
  say
  say 'GO: planned, implemented test first, reviewed and verified.'
  say "Look around:  cd '$FOLDER/shop' && git log --stat"
  [[ $1 != demo ]] || say_called 'With a real agent here:  AGENT=claude demo.sh'
  say 'In your own repository:'
  say_called '  init-session.sh my-feature'
  say_called '  plan.sh my-feature "What it should do"'
  say_called '  implement.sh my-feature --task T1.1'
}
