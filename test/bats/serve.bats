#!/usr/bin/env bats
# serve.sh: sessions over HTTP, and the tokens that let others in.

load helper

teardown() {
  [[ -z ${server-} ]] || kill "$server" 2>/dev/null || true
}

# served [OPTIONS]: a server from here on, at `$url`; its owner's token in `$token`.
served() {
  command -v curl >/dev/null || skip 'curl is not installed'
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

# send METHOD PATH [JSON] [ARGS]: curl with the token, a body and JSON back; its status in `$status`.
send() {
  local method=$1 path=$2 body=${3-}
  shift $(($# < 3 ? $# : 3))
  status=$(curl -s -X "$method" -H "Authorization: Bearer $token" -o answer.json -D headers.txt \
    -w '%{http_code}' ${body:+-H 'Content-Type: application/json' --data "$body"} "$@" "$url$path")
}

# told STATUS JQ: the last answer has the status, and JQ is true of it.
told() {
  [[ $status == "$1" ]] && jq -e "$2" answer.json >/dev/null && return
  printf 'status %s, not %s, or not %s:\n%s\n' "$status" "$1" "$2" "$(<answer.json)" >&2
  return 1
}

# header NAME: its value in the last answer.
header() {
  tr -d '\r' <headers.txt | sed -n "s/^$1: //p"
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

@test "serve: a token file of yours is named where the token is shown, and told if others can read it" {
  printf '%s\n' "a-token-of-somebody-who-makes-tokens-himself" >'my token'
  chmod 644 'my token'
  served --token-file 'my token'
  token=$(serve.sh --token-file 'my token' token show)
  [[ $(ask /v1/sessions -o /dev/null -w '%{http_code}') == 200 ]]
  # the warning comes last, after the address that `served` waits for
  kill -TERM "$server"
  wait "$server"
  server=
  grep -Fqx "the token: serve.sh --token-file 'my token' token show; stop with Ctrl-C" served.log
  grep -Fqx "warning: others on this machine can read my token: chmod 600 'my token'" served.log
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

# raw TEXT: send it as it stands (of printf's escapes) to the server; all that comes back, until it
# closes the connection.
raw() {
  exec 4<>"/dev/tcp/127.0.0.1/${url##*:}"
  # shellcheck disable=SC2059
  printf "$1" >&4
  cat <&4
  exec 4<&-
}

# refuses TEXT STATUS: the server answers this once, with the status, and closes the connection.
refuses() {
  local told
  told=$(raw "$1")
  [[ $told == "HTTP/1.1 $2 "* && ${told#HTTP/1.1} != *HTTP/1.1* && $told != *root:* ]] && return
  printf '%s\n-> %s\n' "$1" "$told" >&2
  return 1
}

@test "serve: what could be read in two ways is refused, and nothing after it is read" {
  served
  local here="Host: 127.0.0.1:${url##*:}\r\n" next post
  next="GET /healthz HTTP/1.1\r\n$here\r\n"
  post="POST /v1/sessions HTTP/1.1\r\n${here}Authorization: Bearer $token\r\nContent-Type: application/json\r\n"
  refuses "${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n$next" 400
  refuses "${post/1.1/1.0}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n$next" 400
  refuses "${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n$next" 501
  refuses "${post}Transfer-Encoding : chunked\r\n\r\n$next" 400
  refuses "${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}$next" 400
  refuses "${post}Content-Length: +2\r\n\r\n{}$next" 400
  refuses "GET /healthz HTTP/1.1\r\n$here$here\r\n$next" 400
  [[ $(ask /v1/sessions | jq '.data | length') == 0 ]]
}

@test "serve: a request line of another kind leads nowhere" {
  served
  local here="Host: 127.0.0.1:${url##*:}\r\nConnection: close\r\n\r\n"
  refuses 'GET /healthz HTTP/1.0\r\n\r\n' 421
  refuses "GET http://evil.example/healthz HTTP/1.1\r\n$here" 421
  refuses "CONNECT evil.example:443 HTTP/1.1\r\n$here" 404
  refuses "OPTIONS * HTTP/1.1\r\n$here" 404
  refuses "GET file:///etc/passwd HTTP/1.1\r\n$here" 404
  refuses "GET /../../../../etc/passwd HTTP/1.1\r\n$here" 404
  refuses "GET /healthz\\000 HTTP/1.1\r\n$here" 400
  refuses "GET /healthz?\\377 HTTP/1.1\r\n$here" 400
  refuses "GET /v1/events HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n$here" 401
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

@test "serve: /api/sessions does each action, and tells what is wrong with one" {
  served
  local path=/api/sessions id
  send POST $path '{"action":"create","conversation_id":123,"interface_type":"telegram","token_limit":8000}'
  told 201 '.session | .conversation_id == "123" and .token_limit == 8000 and .is_active'
  id=$(jq -r .session.id answer.json)
  send POST $path '{"action":"create","conversationId":"123","interfaceType":"telegram"}'
  told 200 ".session.id == \"$id\""
  send POST $path "{\"action\":\"addMessage\",\"sessionId\":\"$id\",\"role\":\"user\",\"content\":\"Is it sunny?\"}"
  told 200 '.message.content == "Is it sunny?" and .tokens.total > 0 and .summarized == false'
  send POST $path "{\"action\":\"updateState\",\"session_id\":\"$id\",\"state\":{\"city\":\"Berlin\",\"old\":1}}"
  send POST $path "{\"action\":\"updateState\",\"session_id\":\"$id\",\"state\":{\"old\":null}}"
  told 200 '.state == {"city":"Berlin"}'
  send POST $path "{\"action\":\"buildContext\",\"sessionId\":\"$id\",\"maxMessages\":5}"
  told 200 '.messages[-1].content == "Is it sunny?" and .tokens > 0 and .summaries == []'
  send POST $path "{\"action\":\"clearMessages\",\"sessionId\":\"$id\"}"
  told 200 '.ok'
  send GET "$path?stats=true&id=$id"
  told 200 '.stats | .total_sessions == 1 and .total_messages == 1 and has("cacheHitRate")'
  send GET "$path?id=$id&conversationId=0"
  told 200 '.session.message_count == 1'
  send GET "$path?conversationId=123"
  told 200 ".session.id == \"$id\""
  send GET "$path?limit=5"
  told 200 '.count == 1 and .sessions[0].interface_type == "telegram"'
  send POST $path '{"action":"fly"}'
  told 400 '.hint | startswith("actions: create, addMessage")'
  send POST $path '{"action":"deactivate"}'
  told 400 '.detail | contains("sessionId")'
  send POST $path "{\"action\":\"deactivate\",\"sessionId\":\"$id\"}"
  told 200 '.status == "inactive"'
  send POST $path '{"action":"cleanup"}'
  told 200 '. == {"expired":0,"inactive":0}'
  send GET $path
  told 200 '. == {"sessions":[],"count":0}'
  send DELETE "$path?id=$id"
  told 200 '.deleted'
  send DELETE "$path?id=$id"
  told 404 '.code == "not_found"'
}

@test "serve: /v1 makes, changes, tells, forks and removes sessions" {
  served
  send POST /v1/sessions '{"name":"support","system":"Be kind.","state":{"plan":"pro"},"tags":["eu"]}'
  told 201 '.name == "support" and .state.plan == "pro"'
  local tag
  tag=$(header etag)
  send GET /v1/sessions/support '' -H "If-None-Match: $tag"
  [[ $status == 304 ]]
  send PATCH /v1/sessions/support '{"title":"Support desk"}' -H "If-Match: $tag"
  told 200 '.title == "Support desk"'
  send PATCH /v1/sessions/support '{"title":"Too late"}' -H "If-Match: $tag"
  told 412 '.code == "changed"'
  local messages=/v1/sessions/support/messages
  for _ in 1 2; do
    send POST $messages '{"role":"user","text":"Order 4711 is late."}' -H 'Idempotency-Key: one'
    told 201 '.role == "user" and .tokens > 0'
  done
  [[ $(header idempotency-replayed) == true ]]
  send POST $messages '{"role":"user","text":"Another."}' -H 'Idempotency-Key: one'
  told 422 '.code == "key_reused"'
  send POST $messages '{"role":"assistant","text":"It comes today."}'
  send GET "$messages?order=desc&limit=1"
  told 200 '.data[0].text == "It comes today." and .has_more'
  send GET "$messages?order=desc&limit=9&before=$(jq -r .next answer.json)"
  told 200 '[.data[].text] == ["Order 4711 is late.", "Be kind."]'
  send GET '/v1/sessions/support/search?q=4711'
  told 200 '.exact and (.data[0].role == "user")'
  send PATCH /v1/sessions/support/state '{"plan":null,"late":true}'
  told 200 '.state == {"late":true}'
  send PUT /v1/sessions/support/pins '{"key":"name","text":"Her name is Priya."}'
  told 200 '.key == "name"'
  send POST /v1/sessions/support/context '{"max_messages":5}'
  told 200 '[.parts[].part] == ["system","pins","state","tail"] and .tokens > 0'
  send DELETE '/v1/sessions/support/pins?key=name'
  told 200 '.data == []'
  send POST /v1/sessions/support/summaries '{"text":"Order 4711 comes today."}'
  told 201 '.kind == "given"'
  send GET /v1/sessions/support/summaries
  told 200 '.data | length == 1'
  send POST /v1/sessions/support/compact
  told 202 '.session'
  send GET /v1/sessions/support/segments
  told 200 '.data | length == 1'
  send POST /v1/sessions/support/fork '{"name":"support-2"}'
  told 201 '.name == "support-2"'
  send GET /v1/sessions/support/children
  told 200 '.data[0].name == "support-2"'
  send GET '/v1/sessions?limit=1&sort=name&tag=eu'
  told 200 '.data[0].name == "support" and .has_more == false'
  send GET '/v1/sessions?limit=1&sort=name'
  send GET "/v1/sessions?limit=1&sort=name&after=$(jq -r .next answer.json)"
  told 200 '.data[0].name == "support-2"'
  send DELETE /v1/sessions/support
  told 409 '.code == "needed"'
  send DELETE '/v1/sessions/support?cascade=true'
  [[ $status == 204 ]]
  send TRACE /v1/sessions
  told 405 '.code == "method"'
  [[ $(ai-session.sh list) == "" ]]
}

@test "serve: told to end it ends its streams, too" {
  served
  ask /v1/events -N >events.txt &
  stream=$!
  until [[ -s events.txt ]]; do :; done
  kill -TERM "$server"
  wait "$stream"
  wait "$server"
  server=
}

@test "serve: the list of tokens says when there is none beside the owner's" {
  run --separate-stderr -0 serve.sh token list
  says 'token add makes one'
}
