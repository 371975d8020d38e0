#!/usr/bin/env bats
# serve.sh: sessions over HTTP, and the tokens that let others in.

load helper

teardown() {
  [[ -z ${server-} ]] || kill "$server" 2>/dev/null || true
}

# served [OPTIONS]: a server from here on, at `$url`; its owner's token in `$token`.
served() {
  mkfifo "$WORK/told"
  serve.sh --port 0 "$@" >"$WORK/told" 2>served.log 3>&- &
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

@test "serve: --open tells a link that logs a browser in once" {
  mkfifo "$WORK/told"
  env -u DISPLAY -u WAYLAND_DISPLAY serve.sh --port 0 --open >"$WORK/told" 2>served.log 3>&- &
  server=$!
  read -r -t 20 url <"$WORK/told"
  until grep -q token served.log; do :; done
  code=$(sed -n 's/.*login?code=//p' served.log)
  log_in() { curl -s -o /dev/null -w '%{http_code}' -c jar -d "code=$code" -H "Origin: $url" "$url/login"; }
  [[ $(log_in) == 303 ]]
  [[ $(curl -s -b jar "$url/") == *'<h1>Overview</h1>'* ]]
  [[ $(log_in) == 403 ]]
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

# certified: a certificate for this machine, in cert.pem and key.pem.
certified() {
  command -v openssl >/dev/null || skip 'openssl is not installed'
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout key.pem -out cert.pem 2>/dev/null
}

@test "serve: with a certificate it speaks TLS and nothing else" {
  certified
  served --tls-cert cert.pem --tls-key key.pem
  [[ $url == https://* ]]
  [[ $(curl -s --cacert cert.pem "$url/healthz") == '{"status":"ok"}' ]]
  run -52 curl -s "http${url#https}/healthz"
}

@test "serve: a key that is not of its certificate is told, exit 3" {
  certified && mv key.pem other.pem && certified
  run --separate-stderr -3 serve.sh --port 0 --tls-cert cert.pem --tls-key other.pem
  one_error
  says 'not a certificate with its key: KEY_VALUES_MISMATCH'
}

@test "serve: a public URL is answered under its name, and its pages may write" {
  served --public-url https://box.example
  [[ $(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$url/healthz") == 421 ]]
  [[ $(curl -s -o /dev/null -w '%{http_code}' -H 'Host: box.example' "$url/healthz") == 200 ]]
  [[ $(ask /v1/nothing -o /dev/null -w '%{http_code}' -X POST -H 'Origin: https://box.example') == 404 ]]
}

@test "serve: a token in an address is refused, and in no log" {
  served
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/healthz?token=$token") == 400 ]]
  [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/v1/sessions/$token") == 400 ]]
  run ! grep -rF "$token" served.log
}

@test "serve: a body of 10 MB is refused, and the answer arrives" {
  served
  head -c 10000000 /dev/zero >large
  run ask /v1/sessions -w ' %{http_code}' -H 'Content-Type: application/json' -H 'Expect:' --data-binary @large
  [[ $output == *'"too_large"'*' 413' ]]
}

@test "serve: a path does not lead out of what is served" {
  served
  for path in /../../etc/passwd /v1/sessions/..%2f..%2fetc%2fpasswd /v1/sessions/%2e%2e /static/../../pyproject.toml \
    /static/..%2f..%2fserver.py /v1/sessions/%00 '/v1/sessions/a%0d%0aSet-Cookie:%20x=y'; do
    run ask "$path" --path-as-is -i
    [[ $output == 'HTTP/1.1 404'* && $output != *$'\n'[Ss]et-[Cc]ookie* ]]
  done
}

# asking N: ask for `$url` again and again in N processes, until a connection is refused; a request
# that was taken and has no answer is written to lost.
asking() {
  for _ in $(seq "$1"); do
    (
      while :; do
        curl -s -o /dev/null --fail -H "Authorization: Bearer $token" "$url/v1/sessions?limit=1" && continue
        code=$?
        ((code == 7)) || printf '%s\n' "$code" >>lost
        break
      done
    ) &
    askers+=($!)
  done
}

@test "serve: told to end amid requests it loses none that it has taken" {
  served
  askers=()
  asking 4
  until ask /metrics | grep -q 'list_sessions'; do :; done
  kill -TERM "$server"
  wait "$server"
  server=
  wait "${askers[@]}"
  [[ ! -e lost ]]
}
