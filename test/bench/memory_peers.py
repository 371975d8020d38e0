"""What chuk-ai-session-manager would tell a model of a conversation, for `test/bench/memory`.

    python memory_peers.py LIMIT <talk.json     contexts as JSON

Run with the Python that has it. stdin: turns of messages; stdout: `requests`, what a model is told
at each message of a user, that one left out; `last`, what it is told at the end; `folds`, how many
segments ended. Infinite context as its README shows it, and the summary of the segment before in
front, which its own list of messages leaves out.
"""

import asyncio
import json
import sys
import time
from typing import Any


async def told(manager: Any, store: Any) -> list[dict[str, str]]:
    messages = await manager.get_messages_for_llm()
    chain = await manager.get_session_chain()
    if len(chain) > 1:
        before = await store.get(chain[-2])
        summaries = [event for event in before.events if event.type.value == "summary"]
        messages = [{"role": "system", "content": str(summaries[-1].message)}, *messages]
    return messages


async def run(turns: list[list[dict[str, Any]]], limit: int) -> dict[str, Any]:
    from chuk_ai_session_manager import SessionManager
    from chuk_ai_session_manager.session_storage import get_backend

    manager = SessionManager(infinite_context=True, token_threshold=limit)
    requests = []
    for turn in turns:
        calls = {call["id"]: call for message in turn for call in message["calls"]}
        for message in turn:
            if message["role"] == "user":
                await manager.user_says(message["text"])
                requests.append((await told(manager, get_backend()))[:-1])
            elif message["role"] == "tool":
                call = calls[message["result_of"]]
                await manager.tool_used(call["name"], call["arguments"], message["text"])
            elif message["text"]:
                await manager.ai_responds(message["text"], model="gpt-4o", provider="openai")
    began = time.perf_counter()
    last = await told(manager, get_backend())
    took = (time.perf_counter() - began) * 1000
    chain = await manager.get_session_chain()
    return {"requests": requests, "last": last, "folds": len(chain) - 1, "ms": took}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin), int(sys.argv[1])))))
