"""A bot over the real library and a Discord of ours."""

import asyncio

import pytest

from discord_server import ANN, SERVER
from discord_town import Town


@pytest.fixture
def environment(environment):
    """Ann may talk to the bot, and in the server everybody."""
    return {**environment, "DISCORD_ALLOWED": f"{ANN} {SERVER}"}


@pytest.fixture
def play(environment, tmp_path):
    """Plays a scenario, a function of a town, and gives what it returns."""

    async def played(scenario, more, is_started):
        async with Town(environment, tmp_path, **more) as town:
            if is_started:
                await town.start()
            return await scenario(town)

    def begun(scenario, *, is_started=True, **more):
        return asyncio.run(asyncio.wait_for(played(scenario, more, is_started), 120))

    return begun
