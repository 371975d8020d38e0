"""One thing at a time in a place."""

import asyncio

from ai_sessions.bots.queues import Queues


def test_what_is_in_one_place_is_done_in_order_and_others_beside():
    async def scene():
        queues, done, gate = Queues(), [], asyncio.Event()

        def work(name, waits=None):
            async def do():
                if waits:
                    await waits.wait()
                done.append(name)

            return do

        queues.add("a", work("first", gate))
        queues.add("a", work("second"))
        queues.add("b", work("other", None))
        queues.at_once(work("now"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = list(done)
        gate.set()
        await queues.finish()
        return before, done

    before, done = asyncio.run(scene())
    assert sorted(before) == ["now", "other"]
    assert done[2:] == ["first", "second"]


def test_a_place_is_full_when_so_many_wait_beside_the_one_under_way():
    async def scene():
        queues, gate, full = Queues(most=2), asyncio.Event(), []
        for _ in range(3):
            full.append(queues.is_full("a"))
            queues.add("a", gate.wait)
            await asyncio.sleep(0)
        full.append(queues.is_full("a"))
        gate.set()
        await queues.finish()
        return [*full, queues.is_full("a")]

    assert asyncio.run(scene()) == [False, False, False, True, False]


def end(how):
    """What was done of two works at one place, of which the first goes on for ever unless it is
    `how` that ends it; and whether all was done at first, and then.
    """

    async def scene():
        queues, gate, done = Queues(), asyncio.Event(), []

        async def last():
            done.append("last")

        queues.add("a", gate.wait)
        queues.add("a", last)
        is_done = [await queues.finish(0.0)]
        how(queues, gate)
        is_done.append(await queues.finish())
        return is_done, done

    return asyncio.run(scene())


def test_what_takes_too_long_is_not_waited_for():
    assert end(lambda _queues, gate: gate.set()) == ([False, True], ["last"])


def test_what_waits_is_dropped():
    def drop(queues, gate):
        queues.drop()
        gate.set()

    assert end(drop) == ([False, True], [])


def test_what_is_under_way_is_cancelled_with_what_waits():
    assert end(lambda queues, _gate: queues.cancel()) == ([False, True], [])
