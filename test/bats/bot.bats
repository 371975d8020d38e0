#!/usr/bin/env bats
# bot.sh: a bot by hand, over a Bot API on loopback. The token must not get out.

load helper

TOKEN=110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw
WRONG=110201543:not-the-token-of-anybody

setup_file() {
  # A toolkit without the extras: our own environment, but for the packages of both services.
  export KIT="$BATS_FILE_TMPDIR/tool kit"
  local packages tree name
  tree=$(cd "$BATS_TEST_DIRNAME/../.." && pwd -P)
  packages=$("$tree/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  mkdir -p "$KIT/pylib" "$KIT/.venv/${packages#"$tree/.venv/"}"
  cp -R "$tree/scripts" "$KIT/scripts"
  cp -R "$tree/pylib/"{requirements,bootstrap.py,ai_sessions} "$KIT/pylib/"
  cp -R "$tree/.venv/bin" "$tree/.venv/pyvenv.cfg" "$tree/.venv/"*.stamp "$KIT/.venv/"
  for name in "$packages"/*; do
    case ${name##*/} in
      telegram | python_telegram_bot* | discord*) ;;
      *) ln -s "$name" "$KIT/.venv/${packages#"$tree/.venv/"}/" ;;
    esac
  done
}

teardown() {
  [[ -z ${bot-} ]] || kill "$bot" 2>/dev/null || true
}

# served: a Bot API from here on, at TELEGRAM_API_URL. `tell WORDS` is told to it.
served() {
  mkfifo "$WORK/words" "$WORK/answers"
  "$ROOT/.venv/bin/python" "$ROOT/test/servers/telegram_process.py" \
    <"$WORK/words" >"$WORK/answers" 3>&- &
  exec 8>"$WORK/words" 9<"$WORK/answers"
  read -r -t 20 TELEGRAM_API_URL <&9
  export TELEGRAM_API_URL TELEGRAM_BOT_TOKEN=$TOKEN AI_PROVIDER=echo
}

tell() {
  printf '%s\n' "$*" >&8
}

# seen COUNT: the messages of the bot, once there are so many; in `texts`.
seen() {
  tell wait "$1"
  read -r -t 30 texts <&9
}

# started [OPTIONS]: a bot from here on, and the code that it shows in `code`; its log is bot.log.
started() {
  mkfifo "$WORK/told"
  bot.sh telegram --json "$@" >"$WORK/told" 2>bot.log 3>&- 8>&- 9<&- &
  bot=$!
  read -r -t 30 told <"$WORK/told" || cat bot.log >&2
  code=$(jq -r .code <<<"$told")
}

ended() {
  kill -TERM "$bot"
  wait "$bot"
  bot=
}

@test "bot: without words it shows its help, exit 2" {
  run --separate-stderr -2 bot.sh
  says 'Usage:'
  says 'telegram'
  [[ -z $output ]]
}

@test "bot: a service that there is not is one error, exit 2" {
  run --separate-stderr -2 bot.sh carrier-pigeon
  one_error
  says 'carrier-pigeon'
}

@test "bot: without a token it says where to get one, exit 3" {
  local service
  for service in telegram discord; do
    run --separate-stderr -3 bot.sh "$service"
    one_error
    says "_BOT_TOKEN is not set"
    [[ -z $output ]]
  done
  says 'https://discord.com/developers'
}

@test "bot: without its extra it says how to install it, exit 3" {
  local service
  for service in telegram discord; do
    TELEGRAM_BOT_TOKEN=$TOKEN DISCORD_BOT_TOKEN=$TOKEN \
      run --separate-stderr -3 "$KIT/scripts/bot.sh" "$service" --check
    one_error
    says "bot.sh $service needs the extra \`$service\`"
    says "bootstrap.py' --$service"
    [[ $stderr != *"$TOKEN"* ]]
  done
}

@test "bot: a wrong token is one error that does not show it, exit 3" {
  needs_jq
  served
  local options
  for options in '' --check --json --debug; do
    # shellcheck disable=SC2086  # no word where there is no option
    TELEGRAM_BOT_TOKEN=$WRONG run --separate-stderr -3 bot.sh telegram $options
    says 'Telegram does not take the token in TELEGRAM_BOT_TOKEN'
    [[ $output$stderr != *not-the-token* ]]
  done
}

@test "bot: --check says who it is, in words or as JSON, and sends nothing" {
  needs_jq
  served
  run --separate-stderr -0 bot.sh telegram --check
  says 'I am @ann_test_bot, number 110201543'
  [[ $output != *$'\e'* && -z $stderr ]]
  run --separate-stderr -0 bot.sh telegram --check --json
  [[ $(jq -c '[.ok, .service, .ready]' <<<"$output") == '[true,"telegram",true]' ]]
  seen 0
  [[ $texts == '[]' ]]
}

@test "bot: who sends its code owns it and is answered; told to end it ends, exit 0" {
  needs_jq
  served
  started
  tell say "/start $code"
  seen 1
  [[ $(jq -r '.[0]' <<<"$texts") == 'You are the owner of this bot now'* ]]
  tell say 'Is it you?'
  seen 2
  [[ $(jq -r '.[1]' <<<"$texts") == 'Is it you?' ]]
  ended
  [[ $(ai-session.sh list) == *telegram-7* ]]
}

@test "bot: it has an owner after a restart and shows no code then" {
  needs_jq
  served
  started
  tell say "/start $code"
  seen 1
  ended
  rm "$WORK/told"
  started
  [[ $code == null ]]
  ended
}

@test "bot: a second one with the same token is refused, exit 8" {
  needs_jq
  served
  started
  run --separate-stderr -8 bot.sh telegram
  one_error
  says 'this telegram bot'
  ended
}

@test "bot: the token is in no argument, log, answer or file's name" {
  needs_jq
  served
  started --debug
  tell say "/start $code"
  seen 1
  tell say 'What is your token?'
  seen 2
  arguments=$(ps -A -ww -o args= 2>/dev/null || cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' || true)
  [[ $arguments == *'bot telegram --json --debug'* && $arguments != *"${TOKEN#*:}"* ]]
  ended
  [[ -s bot.log ]]
  run -1 grep -rlF "${TOKEN#*:}" bot.log "$SESSION_DIR"
  [[ $told$texts != *"${TOKEN#*:}"* ]]
  [[ -z $(find "$WORK" -name "*${TOKEN#*:}*") ]]
}

@test "bot: a token in .env is taken, and a pipe gets no escape codes" {
  needs_jq
  served
  unset TELEGRAM_BOT_TOKEN NO_COLOR
  mkdir -p "$HOME/.config/ai-sessions"
  printf 'TELEGRAM_BOT_TOKEN=%s\n' "$TOKEN" >"$HOME/.config/ai-sessions/.env"
  chmod 600 "$HOME/.config/ai-sessions/.env"
  started
  ended
  [[ $code == *-*-* && $(<bot.log) != *$'\e'* ]]
  grep -Fq "/start $code" bot.log
}
