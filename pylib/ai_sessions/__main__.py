"""`python -m ai_sessions list | show --session-id ID | config`: the commands of `ai-session.sh`."""

import sys

from ai_sessions.cli.start import end, main

if __name__ == "__main__":
    end(main(sys.argv[1:], "python -m ai_sessions "))
