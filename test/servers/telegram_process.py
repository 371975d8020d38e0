"""A Bot API as a process: its address is the first line on stdout; a word a line on stdin.

say TEXT     Ann says it, in her private chat
wait COUNT   an answer as JSON once the bot has sent so many messages: what people see of them
"""

import json
import sys

from telegram_server import Telegram


def main() -> None:
    with Telegram() as server:
        print(server.url, flush=True)
        for line in sys.stdin:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "say":
                server.say(rest)
            else:
                server.until("sendMessage", int(rest))
                print(json.dumps(server.texts()), flush=True)


if __name__ == "__main__":
    main()
