"""LiteLLM's own router over the same days, to check what `others` writes down of it.

Needs the packages litellm and time-machine, which nothing else here does. Requests are answered one
after the other on a clock of their own, so that nothing is ever under way when the next one comes:
`least-busy` sees less than in the simulation.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from days import ATTEMPTS, DEADLINE_S, Answer, Day, Servers
from demand import Request
from ruled import BEGIN, seconds
from worlds import SECOND, World

#: Its name of a strategy -> ours.
STRATEGIES = {
    "simple-shuffle": "LiteLLM simple-shuffle",
    "usage-based-routing-v2": "LiteLLM usage-based-v2",
    "latency-based-routing": "LiteLLM latency-based",
    "least-busy": "LiteLLM least-busy",
}


def day(world: World, asked: Sequence[Request], strategy: str, seed: int) -> Day:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # no network
    import time_machine

    with time_machine.travel(BEGIN, tick=False) as clock:
        return asyncio.run(_Run(world, seed, clock).over(asked, strategy))


class _Run:
    """One day; `now`: the request under way and the answers that its calls had."""

    def __init__(self, world: World, seed: int, clock) -> None:
        self.world, self.clock = world, clock
        self.servers = Servers(world, seed)
        self.now: tuple[Request | None, list[Answer]] = (None, [])
        self.task: asyncio.Task | None = None

    async def over(self, asked: Sequence[Request], strategy: str) -> Day:
        done, sleep, router = Day(len(asked)), asyncio.sleep, self._router(strategy)
        asyncio.sleep, self.task = partial(self._pass, sleep), asyncio.current_task()
        try:
            for request in asked:
                self.clock.move_to(BEGIN + timedelta(seconds=request.at_s))
                self.now = request, []
                answered = await self._asked(router)
                for _ in range(10):  # its callbacks run beside it
                    await sleep(0)
                self._count(done, request, answered)
        finally:
            asyncio.sleep = sleep
        return done

    async def _pass(self, sleep, wanted: float, *rest) -> None:
        """A request that waits lets the clock go on; what runs beside it waits by itself."""
        if asyncio.current_task() is self.task:
            self.clock.shift(timedelta(seconds=min(wanted, DEADLINE_S)))
            await sleep(0)
        else:
            await sleep(wanted, *rest)

    async def _asked(self, router) -> bool:
        try:
            await router.acompletion(model="any", messages=[{"role": "user", "content": "?"}])
        except Exception:  # whatever it raises, the request is not answered
            return False
        return True

    def _count(self, done: Day, request: Request, answered: bool) -> None:
        calls = self.now[1]
        took = seconds(datetime.now(UTC)) - request.at_s
        done.calls += len(calls)
        done.failed += sum(not one.ok for one in calls)
        done.limited += sum(one.http == 429 for one in calls)
        done.worth -= SECOND * took
        done.chosen.update(one.model for one in calls)
        if answered:
            done.served += 1
            done.seconds.append(took)
            done.worth += self.servers.models[calls[-1].model].value

    def _router(self, strategy: str):
        import litellm
        from litellm.utils import custom_llm_setup

        run = self

        class Simulated(litellm.CustomLLM):
            async def acompletion(self, model, *_args, **_more):
                return run.call(litellm, model.rpartition("/")[2])

        litellm.suppress_debug_info = True
        litellm.token_counter = lambda *_args, **_more: run.now[0].tokens
        litellm.custom_provider_map = [{"provider": "sim", "custom_handler": Simulated()}]
        custom_llm_setup()
        return litellm.Router(
            model_list=[
                {
                    "model_name": "any",
                    "litellm_params": {"model": f"sim/{one.name}", "rpm": one.per_minute},
                    "model_info": {"id": one.name, "max_input_tokens": one.window},
                }
                for one in self.world.models
            ],
            routing_strategy=strategy,
            enable_pre_call_checks=True,
            num_retries=ATTEMPTS - 1,
        )

    def call(self, litellm, name: str):
        request, calls = self.now
        at_s = seconds(datetime.now(UTC))
        answer = self.servers.answer(request, name, len(calls), at_s)
        calls.append(answer)
        self.clock.shift(timedelta(seconds=answer.seconds))
        if not answer.ok:
            raise _error(litellm, answer, at_s)
        usage = litellm.Usage(
            prompt_tokens=request.prompt_tokens,
            completion_tokens=request.answer_tokens,
            total_tokens=request.tokens,
        )
        return litellm.ModelResponse(
            model=name,
            choices=[{"message": {"role": "assistant", "content": "!"}}],
            usage=usage,
        )


def _error(litellm, answer: Answer, at_s: float) -> Exception:
    import httpx

    told = {} if answer.until_s is None else {"retry-after": f"{answer.until_s - at_s:.0f}"}
    asked = httpx.Request("POST", "http://localhost")
    response = httpx.Response(answer.http, headers=told, request=asked)
    kinds = {400: "ContextWindowExceededError", 429: "RateLimitError"}
    if answer.http == 408:
        return litellm.Timeout(answer.message, answer.model, "sim")
    kind = getattr(litellm, kinds.get(answer.http, "ServiceUnavailableError"))
    return kind(answer.message, "sim", answer.model, response=response)
