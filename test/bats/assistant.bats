#!/usr/bin/env bats
# assistant.sh: a person, an assistant that remembers them, and the model that is best now.

load helper

@test "assistant: the answer is stdout, the rest stderr, and the session is the same everywhere" {
  export AI_PROVIDER=echo
  run --separate-stderr -0 assistant.sh ask 'What is a closure?'
  [[ $output == 'What is a closure?' ]]
  new_repository
  run --separate-stderr -0 assistant.sh ask 'And in Python?'
  run -0 ai-session.sh show assistant --transcript
  [[ $output == *'What is a closure?'*'And in Python?'* ]]
}

@test "assistant: nothing to ask is one error with what to type" {
  run --separate-stderr -2 assistant.sh ask ''
  one_error
  says 'hint: assistant.sh ask "What is a closure?"'
}
