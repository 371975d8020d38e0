#!/usr/bin/env bats
# test/tools.py: the tools that only tests need are found, fetched without root, or named.

load helper

# Run it with only our stubs on PATH and with an empty folder for the tools.
tools() {
  local name
  mkdir -p "$WORK/bin"
  for name in bash cat mkdir chmod env; do
    ln -sf "$(command -v "$name")" "$WORK/bin/$name"
  done
  run --separate-stderr env PATH="$WORK/bin" "$ROOT/.venv/bin/python" -I "$ROOT/test/tools.py" "$WORK/the tools"
}

# stub NAME TEXT: a command that is this script.
stub() {
  mkdir -p "$WORK/bin"
  rm -f "$WORK/bin/$1"
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$WORK/bin/$1"
  chmod +x "$WORK/bin/$1"
}

# An apt-get that notes its calls and "downloads", and a dpkg-deb that unpacks the package's command.
stub_apt() {
  stub apt-get 'echo "$EUID $*" >>"${0%/*}/../apt.log"
    cat "$2" >"${0%/*}/../apt.conf"
    [[ $* != *install* ]] || : >"${2%/*}/cache/archives/${*: -1}.deb"'
  stub dpkg-deb 'name=${2##*/} name=${name%.deb}
    mkdir -p "$3/usr/bin" "$3/usr/lib/some-linux"
    printf "#!/usr/bin/env bash\necho %s\n" "$(cat "${0%/*}/../says-$name")" >"$3/usr/bin/$name"
    chmod +x "$3/usr/bin/$name"'
  printf 'Bats 1.8.2' >"$WORK/says-bats"
  printf '7' >"$WORK/says-jq"
}

@test "tools: what is there is not fetched" {
  stub bats 'echo Bats 1.5.0'
  stub jq 'echo 7'
  stub curl 'echo curl 8.5.0'
  stub redis-server 'echo Redis server v=7.0.15'
  stub_apt
  tools
  [[ $status == 0 && -z $stderr && ! -e $WORK/apt.log && ! -e "$WORK/the tools" ]]
}

@test "tools: what cannot be had is named with what to type" {
  tools
  [[ $status == 0 ]]
  says 'tests that need bats are skipped: apt-get install bats, npm install -g bats'
  says 'tests that need jq are skipped: apt-get install jq'
  says 'tests that need curl are skipped: apt-get install curl'
  says 'tests that need redis-server are skipped: apt-get install redis-server'
}

@test "tools: apt fetches what is missing into a state of its own, without its hooks" {
  stub bats 'echo Bats 1.13.0'
  stub curl 'echo curl 8.5.0'
  stub redis-server 'echo Redis server v=7.0.15'
  stub_apt
  tools
  [[ $status == 0 && $("$WORK/the tools/bin/jq") == 7 && ! -e "$WORK/the tools/bin/bats" ]]
  [[ $(cat "$WORK/apt.log") == *' --download-only '*' jq' ]]
  [[ $(cat "$WORK/apt.conf") == *"Dir::State \"$WORK/the tools/apt/state\";"* ]]
  [[ $(cat "$WORK/apt.conf") == *'#clear APT::Update::Post-Invoke;'* ]]
}

@test "tools: a bats that is too old does not count, also one that apt has" {
  stub bats 'echo Bats 1.2.1'
  stub jq 'echo 7'
  stub curl 'echo curl 8.5.0'
  stub redis-server 'echo Redis server v=7.0.15'
  stub_apt
  printf 'Bats 1.4.0' >"$WORK/says-bats"
  tools
  says 'tests that need bats are skipped'
}

@test "tools: bats comes from npm where apt is not there or fails, and the failure is told" {
  stub jq 'echo 7'
  stub curl 'echo curl 8.5.0'
  stub redis-server 'echo Redis server v=7.0.15'
  stub_apt
  stub apt-get 'echo "E: no network"; exit 100'
  stub npm 'mkdir -p "$3/node_modules/bats/bin"
    printf "#!/usr/bin/env bash\necho Bats 1.13.0\n" >"$3/node_modules/bats/bin/bats"
    chmod +x "$3/node_modules/bats/bin/bats"'
  tools
  [[ $status == 0 && $("$WORK/the tools/bin/bats") == 'Bats 1.13.0' ]]
  says 'apt-get failed: E: no network'
}

@test "tools: of two that start at once, one fetches and both find it" {
  stub bats 'echo Bats 1.13.0'
  stub curl 'echo curl 8.5.0'
  stub redis-server 'echo Redis server v=7.0.15'
  stub_apt
  tools &
  tools
  wait $!
  [[ $("$WORK/the tools/bin/jq") == 7 && $(wc -l <"$WORK/apt.log") -eq 2 ]]
}

@test "tools: a curl that is too old does not count" {
  stub bats 'echo Bats 1.13.0'
  stub jq 'echo 7'
  stub curl 'echo curl 7.68.0'
  tools
  [[ $status == 0 ]]
  says 'tests that need curl are skipped'
}
