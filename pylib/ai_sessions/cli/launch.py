"""Start the command line by path: `python -I -S launch.py COMMAND ARGS…`.

`-I -S` keeps the user's own Python settings out and saves the scan of site-packages, which only
the commands that need a package pay for later.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from ai_sessions.cli.start import end, main

if __name__ == "__main__":
    end(main(sys.argv[1:]))
