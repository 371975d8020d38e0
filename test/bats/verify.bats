#!/usr/bin/env bats
# review.sh, verify.sh and status.sh: what others see of the work.

load helper

# Both tasks are done; made once, copied for each test.
setup_file() {
  export DONE="$BATS_FILE_TMPDIR/done"
  (
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/made
    mkdir -p "$BATS_TEST_TMPDIR"
    setup
    planned_feature
    implement.sh payment-gateway --task T1.1
    implement.sh payment-gateway --task T1.2
    mv "$WORK" "$DONE"
  ) >"$BATS_FILE_TMPDIR/log" 2>&1 || {
    cat "$BATS_FILE_TMPDIR/log" >&2
    return 1
  }
}

done_feature() {
  cd "$WORK/.." || return
  rm -rf "$WORK" && cp -R "$DONE" "$WORK"
  cd "$WORK/shop" || return
}

@test "verify: done tasks whose tests pass in a fresh checkout are GO" {
  done_feature
  run --separate-stderr -0 verify.sh payment-gateway --no-ai
  says GO
  [[ $output != *NO-GO* ]]
}

@test "verify: a fresh clone, without an agent and without our sessions, is GO" {
  done_feature
  git clone -q . ../clone
  cd ../clone
  local path
  path=$(dirname "$(command -v git)"):$(dirname "$(command -v python3)"):/usr/bin:/bin
  SESSION_DIR=$WORK/none AI_PROVIDER='' PATH=$ROOT/scripts:$path \
    run --separate-stderr -0 verify.sh payment-gateway --evidence-only
  [[ ${lines[0]} == 'GO   payment-gateway at '* && ! -e $WORK/none ]]
  says 'T1.2 red before'
}

@test "verify: code that was broken later is NO-GO, exit 1" {
  done_feature
  printf 'class Gateway: pass\n' >gateway.py
  git commit -qam 'Break it'
  run --separate-stderr -1 verify.sh payment-gateway --no-ai
  says NO-GO
}

@test "verify: it leaves no session, no worktree and no change behind" {
  done_feature
  local before
  before=$(ls "$SESSION_DIR")
  verify.sh payment-gateway >/dev/null 2>&1
  [[ $(ls "$SESSION_DIR") == "$before" && $(git worktree list | wc -l) -eq 1 ]]
}

@test "verify: a feature whose tasks are not done is not GO" {
  planned_feature
  run --separate-stderr verify.sh payment-gateway --no-ai
  [[ $status == 1 || $status == 6 ]]
}

@test "review: findings are told with file and line, in the session review-FEATURE" {
  done_feature
  run --separate-stderr -0 review.sh payment-gateway
  [[ $output =~ gateway.py:[0-9]+ && -d $SESSION_DIR/review-payment-gateway ]]
}

@test "status: the tasks are done by evidence, and it says what is next" {
  done_feature
  run --separate-stderr -0 status.sh payment-gateway
  says '2/2 done'
  [[ $output == *'Next: '* ]]
}

@test "status: --json is one object" {
  needs_jq
  done_feature
  run --separate-stderr -0 status.sh payment-gateway --json
  jq -es 'length == 1 and .[0].feature == "payment-gateway"' <<<"$output"
}

@test "status: works from a folder below" {
  done_feature
  cd tests
  run --separate-stderr -0 status.sh payment-gateway
  says '2/2 done'
}

@test "status: an unknown feature is one line, exit 4" {
  done_feature
  run --separate-stderr -4 status.sh payments
  one_error
}

@test "status: the beginning of a name is enough, and none when there is one feature" {
  done_feature
  run --separate-stderr -0 status.sh pay
  [[ $stderr == 'pay: payment-gateway' && $output == *'2/2 done'* ]]
  run --separate-stderr -0 status.sh
  says '2/2 done'
}
