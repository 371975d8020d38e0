"""A tracked session under everything that happens to tasks, loops and processes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from ai_sessions import threads
from ai_sessions.conversations.service import Conversations
from ai_sessions.disk import locks
from ai_sessions.library import sync
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.tracking import track_llm_call
from ai_sessions.records import Interaction
from ai_sessions.store.files.writing import LOCK

#: What only a bug would use up.
FOREVER_S = 60


def said(core: Conversations, id_: str = "one") -> list[str]:
    """What another program would read."""
    return [one["content"] for one in sync.SessionManager(id_, store=core).get_conversation()]


def statuses(core: Conversations) -> list[str]:
    """How the calls on record ended, of the one session there is."""
    entries = core.store.entries(core.store.names()[0])
    return [entry.status for entry in entries if isinstance(entry, Interaction)]


def begun(core: Conversations, id_: str = "one") -> SessionManager:
    """A session in which something was said."""
    sync.SessionManager(id_, store=core).user_says("first")
    return SessionManager(id_, store=core)


@contextlib.contextmanager
def locked(core: Conversations) -> Iterator[None]:
    """Somebody else writes in the one session there is."""
    folder = core.store.path(core.store.names()[0])  # type: ignore[attr-defined]
    with locks.held(folder / LOCK, FOREVER_S, "the session"):
        yield


async def at_work() -> None:
    """Other tasks go on until a thread is at the store."""
    while not threads.STORE.at_work():
        await asyncio.sleep(0)


@pytest.fixture
def files(root) -> Conversations:
    from ai_sessions import config
    from ai_sessions.store.files import FileStore

    return Conversations(FileStore(root, fsync="none", lock_timeout_s=FOREVER_S), config.load({}))


def test_gathered_calls_of_every_kind_keep_their_order_and_count(core: Conversations) -> None:
    async def main() -> tuple[int, int]:
        manager = SessionManager("one", store=core)
        calls = [
            manager.user_says(f"{number}") if number % 2 else manager.ai_responds(f"{number}")
            for number in range(200)
        ]
        await asyncio.gather(*calls)
        stats = await manager.get_stats()
        return stats["user_messages"], stats["ai_messages"]

    assert asyncio.run(main()) == (100, 100)
    assert said(core) == [f"{number}" for number in range(200)]


def test_sixteen_waiters_on_one_session_do_not_starve_the_others(files: Conversations) -> None:
    async def main() -> list[str]:
        manager = begun(files)
        with locked(files):
            crowd = [asyncio.create_task(manager.user_says(f"{number}")) for number in range(16)]
            await at_work()
            others = [SessionManager(f"other-{number}", store=files) for number in range(8)]
            async with asyncio.timeout(FOREVER_S):
                await asyncio.gather(*(other.user_says("served") for other in others))
            assert not any(task.done() for task in crowd)
        await asyncio.gather(*crowd)
        return said(files, "other-7")

    assert asyncio.run(main()) == ["served"]
    assert said(files) == ["first", *(f"{number}" for number in range(16))]


def test_a_cancelled_write_that_has_not_begun_is_never_made(files: Conversations) -> None:
    async def main() -> None:
        manager = begun(files)
        with locked(files):
            before = asyncio.create_task(manager.user_says("before"))
            await at_work()
            task = asyncio.create_task(manager.user_says("never"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await before
        await manager.user_says("after")

    asyncio.run(main())

    assert said(files) == ["first", "before", "after"]


def test_a_cancelled_write_leaves_a_valid_session_and_no_thread_at_work(
    core: Conversations,
) -> None:
    async def main() -> None:
        manager = begun(core)
        for number in range(20):
            task = asyncio.create_task(manager.user_says(f"{number}"))
            for _ in range(number % 4):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert not threads.STORE.at_work()
        await manager.user_says("after")

    asyncio.run(main())

    assert (said(core)[0], said(core)[-1]) == ("first", "after")


def test_a_cancelled_write_waits_for_nobodys_lock_and_is_not_made_later(
    files: Conversations,
) -> None:
    async def main() -> list[str]:
        manager = begun(files)
        with locked(files):
            task = asyncio.create_task(manager.user_says("never"))
            await at_work()
            task.cancel()
            async with asyncio.timeout(FOREVER_S):
                await asyncio.wait([task])
            assert task.cancelled()
            assert not threads.STORE.at_work()
            running = [one.name for one in threading.enumerate()]
        await manager.user_says("after")
        return running

    assert "lock-queue" not in asyncio.run(main())
    assert said(files) == ["first", "after"]


def test_a_cancelled_answer_that_was_paid_for_is_kept_for_later(files: Conversations) -> None:
    async def main() -> None:
        manager = begun(files)
        with locked(files):
            task = asyncio.create_task(manager.ai_responds("paid"))
            await at_work()
            task.cancel()
            await asyncio.wait([task])
        await manager.user_says("after")
        await manager.user_says("and after")

    asyncio.run(main())

    assert sorted(said(files)) == ["after", "and after", "first", "paid"]


def test_a_time_out_is_raised_and_the_session_goes_on(files: Conversations) -> None:
    async def main() -> None:
        manager = begun(files)
        with locked(files):
            before = asyncio.create_task(manager.user_says("before"))
            await at_work()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(manager.user_says("never"), 0.01)
        await before

    asyncio.run(main())

    assert said(files) == ["first", "before"]


def test_an_exception_in_the_callers_function_is_raised_and_on_record(core: Conversations) -> None:
    async def fails(_asked: str) -> str:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        asyncio.run(track_llm_call("why?", fails, session_id="one", store=core))

    assert statuses(core) == ["other"]


def test_a_cancelled_call_is_cancelled_and_on_record(core: Conversations) -> None:
    async def main() -> None:
        asked = asyncio.Event()

        async def waits(_asked: str) -> str:
            asked.set()
            await asyncio.Event().wait()
            return "never"

        call = track_llm_call("why?", waits, session_id="one", store=core)
        task = asyncio.create_task(call)
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert statuses(core) == ["interrupted"]


def test_a_time_out_of_a_call_is_on_record_and_its_function_ends(core: Conversations) -> None:
    ended: list[str] = []

    async def waits(_asked: str) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")
        return "never"

    async def main() -> None:
        await asyncio.wait_for(track_llm_call("why?", waits, session_id="one", store=core), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    assert ended == ["ended"]
    assert statuses(core) == ["interrupted"]


def test_a_generator_that_is_never_finished_is_on_record(core: Conversations) -> None:
    async def streams(_asked: str) -> AsyncIterator[str]:
        yield "half"
        await asyncio.Event().wait()

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _what: None)  # a task is left, as we mean to
    task = loop.create_task(track_llm_call("why?", streams, session_id="one", store=core))
    for _ in range(10):
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    del task
    gc.collect()

    assert statuses(core) == ["interrupted"]


def test_asyncio_runs_twice_with_one_manager(core: Conversations) -> None:
    manager = SessionManager("one", store=core)

    asyncio.run(manager.user_says("a"))
    asyncio.run(manager.user_says("b"))

    assert said(core) == ["a", "b"]


def test_a_manager_is_made_and_read_without_an_event_loop(core: Conversations) -> None:
    manager = SessionManager("one", system_prompt="Be short.", store=core)

    assert (manager.session_id, manager.system_prompt) == ("one", "Be short.")


def test_the_synchronous_manager_works_inside_a_running_loop(core: Conversations) -> None:
    async def main() -> None:
        await SessionManager("one", store=core).user_says("async")
        sync.SessionManager("one", store=core).user_says("sync")

    asyncio.run(main())

    assert said(core) == ["async", "sync"]


def test_a_loop_in_a_thread_of_a_running_loop_uses_the_same_manager(core: Conversations) -> None:
    async def main() -> None:
        manager = SessionManager("one", store=core)
        await manager.user_says("outer")
        await asyncio.to_thread(lambda: asyncio.run(manager.user_says("inner")))
        await manager.user_says("outer again")

    asyncio.run(main())

    assert said(core) == ["outer", "inner", "outer again"]


def test_the_default_executor_of_a_loop_is_not_used(core: Conversations) -> None:
    async def main() -> object:
        await SessionManager("one", store=core).user_says("hello")
        return vars(asyncio.get_running_loop())["_default_executor"]

    assert asyncio.run(main()) is None


def test_a_forked_process_goes_on_with_the_session_of_its_parent(
    script, files: Conversations
) -> None:
    script("""
manager = SessionManager("one")
asyncio.run(manager.user_says("parent"))
child = os.fork()
if not child:
    asyncio.run(manager.user_says("child"))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
asyncio.run(manager.user_says("parent again"))
""")

    assert said(files) == ["parent", "child", "parent again"]


def test_what_is_said_as_the_interpreter_ends_is_kept(script, files: Conversations) -> None:
    script("""
manager = SessionManager("one")
asyncio.run(manager.user_says("hello"))
atexit.register(lambda: asyncio.run(manager.user_says("goodbye")))
""")

    assert said(files) == ["hello", "goodbye"]


def test_a_program_that_ends_in_the_midst_of_its_writes_leaves_a_valid_session(
    script, files: Conversations
) -> None:
    script("""
async def main():
    manager = SessionManager("one")
    await manager.user_says("0")
    for number in range(1, 50):
        asyncio.create_task(manager.user_says(str(number)))
    await asyncio.sleep(0)

asyncio.run(main())
""")

    kept = said(files)
    assert kept == [f"{number}" for number in range(len(kept))]
    sync.SessionManager("one", store=files).user_says("later")
    assert said(files)[-1] == "later"


def test_a_summary_callback_is_set_whether_that_is_awaited_or_not(core):
    def ask(_messages):
        return "A summary."

    manager = SessionManager(store=core)
    manager.set_summary_callback(ask)
    assert manager.tracked.summary_callback is ask

    async def work():
        await manager.set_summary_callback(None)

    asyncio.run(work())
    assert manager.tracked.summary_callback is None
