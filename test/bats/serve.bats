#!/usr/bin/env bats
# serve.sh: sessions over HTTP, and the tokens that let others in.

load helper

teardown() {
  [[ -z ${server-} ]] || kill "$server" 2>/dev/null || true
}

# served: a server from here on, at `$url`; its owner's token in `$token`.
served() {
  mkfifo "$WORK/told"
  serve.sh --port 0 >"$WORK/told" 2>served.log 3>&- &
  server=$!
  read -r -t 20 url <"$WORK/told" || cat served.log >&2
  token=$(serve.sh token show)
}

# ask PATH [ARGS]: curl with the token.
ask() {
  local path=$1
  shift
  curl -s -H "Authorization: Bearer $token" "$@" "$url$path"
}

@test "serve: it answers who has the token, and nobody else" {
  served
  [[ $(curl -s "$url/healthz") == '{"status":"ok"}' ]]
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/openapi.json") == 401 ]]
  [[ $(ask /openapi.json -o /dev/null -w '%{http_code}') == 200 ]]
}

@test "serve: told to end it ends, exit 0, and says nothing of it" {
  served
  kill -TERM "$server"
  wait "$server"
  [[ $(<served.log) == 'the token: serve.sh token show; stop with Ctrl-C' ]]
  server=
}

@test "serve: a bind beyond this machine without TLS is refused, exit 3" {
  run --separate-stderr -3 serve.sh --host 0.0.0.0 --port 0
  one_error
  says '--insecure'
}

@test "serve: a port that is taken is told, exit 3" {
  served
  run --separate-stderr -3 serve.sh --port "${url##*:}"
  one_error
  says 'Address already in use'
}

@test "serve: a task that was begun goes on when the server has ended" {
  planned_feature
  API_REPOSITORIES=$PWD served
  run=$(ask /v1/features/payment-gateway/tasks/T1.1 -X POST | jq -r .id)
  kill -TERM "$server"
  wait "$server"
  rm "$WORK/told"
  API_REPOSITORIES=$PWD served
  ask "/v1/runs/$run/events" -N >events.txt
  grep -q '^event: ended' events.txt
  [[ $(ask "/v1/runs/$run" | jq -c '[.state, .code, .result.task.state]') == '["ended",0,"done"]' ]]
  [[ $(ask /v1/features/payment-gateway | jq -r '.tasks[0].proof.green.run.class') == pass ]]
}
