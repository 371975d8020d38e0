"""For all tests: Ctrl-C is heard, also when they run in the background, where it is ignored."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
