"""A task that waits for an agent is cancelled: all of its processes end, and the call is kept."""

from __future__ import annotations

import asyncio
import functools
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions import threads
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers.claude import Claude
from ai_sessions.records import About, Cost, Interaction
from ai_sessions.run import attempt
from ai_sessions.stopping import Stop
from ai_sessions.store.files import FileStore

NAME = "implement-payments"
#: Starts another process, names both and never ends.
AGENT = """\
#!/bin/sh
sleep 600 &
echo $! $$ > "$HOME/pids.new"
mv "$HOME/pids.new" "$HOME/pids"
wait
"""


@pytest.fixture
def kit(root: Path) -> Kit:
    store = FileStore(root, fsync="none")
    return Kit(store, lambda _usage, _model, _at: Cost(), now=lambda: datetime.now(UTC))


@pytest.fixture
def agent(tmp_path: Path) -> Claude:
    command = tmp_path / "bin" / "claude"
    command.parent.mkdir()
    command.write_text(AGENT)
    command.chmod(0o755)
    return Claude({"PATH": f"{command.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)})


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def call(agent: Claude, kit: Kit, folder: Path) -> None:
    stop = Stop()
    job = Job(NAME, About("implement", "payments"), "write it", folder, "green", stop=stop)
    await threads.call(functools.partial(attempt, job, agent, kit), stop)


async def begun(pids: Path) -> list[int]:
    """The processes of an agent that is at work."""
    while not pids.exists():
        await asyncio.sleep(0.001)
    return list(map(int, pids.read_text().split()))


def statuses(kit: Kit) -> list[str]:
    return [one.status for one in kit.store.entries(NAME) if isinstance(one, Interaction)]


def test_a_cancelled_task_ends_the_agent_and_what_it_has_started(
    agent: Claude, kit: Kit, tmp_path: Path
) -> None:
    async def main() -> list[int]:
        task = asyncio.create_task(call(agent, kit, tmp_path))
        processes = await begun(tmp_path / "pids")
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not threads.CALLS.at_work()
        return processes

    assert [is_there(one) for one in asyncio.run(main())] == [False, False]
    assert statuses(kit) == ["interrupted"]
    assert not kit.store.read(NAME).calling


def test_a_time_out_ends_them_too_and_the_session_goes_on(
    agent: Claude, kit: Kit, tmp_path: Path
) -> None:
    async def main() -> list[int]:
        async with asyncio.TaskGroup() as group:
            processes = group.create_task(begun(tmp_path / "pids"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(None) as limit:
                    stops = group.create_task(begun(tmp_path / "pids"))
                    stops.add_done_callback(lambda _task: limit.reschedule(0))
                    await call(agent, kit, tmp_path)
        return processes.result()

    assert [is_there(one) for one in asyncio.run(main())] == [False, False]
    with kit.store.turn(NAME, 0):
        assert statuses(kit) == ["interrupted"]


def test_a_cancelled_task_does_not_wait_for_the_turn_of_somebody_else(
    agent: Claude, kit: Kit, tmp_path: Path
) -> None:
    async def main() -> None:
        kit.store.ensure(NAME, About("implement", "payments"))
        with kit.store.turn(NAME, 0):
            task = asyncio.create_task(call(agent, kit, tmp_path))
            while not threads.CALLS.at_work():
                await asyncio.sleep(0)
            task.cancel()
            async with asyncio.timeout(60):
                await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(main())

    assert not (tmp_path / "pids").exists()
    assert statuses(kit) == []
