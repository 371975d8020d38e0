"""Start the command line from a checkout: `python -I -S launch.py COMMAND ARGS…`.

`-I -S` keeps the user's own Python settings out and saves the scan of site-packages, which only
the commands that need a package pay for later.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ai_sessions.cli.start import main

if __name__ == "__main__":
    code = main(scripts=True)
    if "click" not in sys.modules:
        os._exit(code)  # all is flushed; taking a thousand rows apart would cost 4 ms
    sys.exit(code)
