"""`models`: which models there are, here and at pools, and fetching those that run here."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ai_sessions.assemble import known_models, model_lists
from ai_sessions.catalog.rotation import Catalog, ModelEntry, Pool
from ai_sessions.cli import listing
from ai_sessions.cli.app import App
from ai_sessions.providers import model_files

_HEAD = ("Model", "Tokens", "Cost", "State", "Best for")
_LEFT = ("Cost", "State", "Best for")


@click.group()
def models() -> None:
    """Models that can be asked by name, and model files for the provider local."""


@models.command("list")
@click.option("--free", is_flag=True, help="Only those that cost nothing, on a free plan at least.")
@click.option("--all", "everything", is_flag=True, help="All that providers list, paid ones too.")
@click.option("--refresh", is_flag=True, help="Ask providers now; else once a day.")
@click.pass_obj
def list_(app: App, free: bool, everything: bool, refresh: bool) -> None:
    """List the models that are here or can be pulled, and those of providers with free models.

    What a provider lists is asked for where its key is set.
    """
    told = model_lists.refresh(app.settings, app.environment, _now(), at_once=refresh)
    folder: Path = app.settings["LOCAL_MODELS_DIR"]
    local = [_row(name, folder) for name in {**model_files.here(folder), **model_files.known()}]
    known = known_models.catalog(app.settings, app.environment)
    served = [one for one in known.models if _is_wanted(one, free=free, everything=everything)]
    app.out.result({"folder": str(folder), "models": local, **_facts(app, known, served)})
    for row in local:
        size = model_files.megabytes(row["size_bytes"])
        state = "here" if row["path"] else "can be pulled"
        app.out.say(f"{row['name']:<28} {size:>9}  {state:<13}  {row['licence']}".rstrip())
    app.out.say()
    lines = (_line(app, known.pools[one.pool], one) for one in served)
    app.out.say(listing.table(app.out, [_HEAD, *lines], ("Best for", "Tokens"), _LEFT))
    app.out.notes([f"{pool}: {why}" for pool, why in told.items()])


def _now() -> datetime:
    return datetime.now(UTC)


def _is_wanted(model: ModelEntry, *, free: bool, everything: bool) -> bool:
    """Of the hundreds that providers list, those that cost something are left out."""
    costs_nothing = model.free or model.free_tier
    return costs_nothing if free else everything or costs_nothing or not model.is_listed


def _line(app: App, pool: Pool, model: ModelEntry) -> tuple[str, ...]:
    window = f"{model.window:,}" if model.window else ""
    cost = "free" if model.free else "free plan" if model.free_tier else ""
    return model.key, window, cost, _state(app, pool, model), model.best_for


def _state(app: App, pool: Pool, model: ModelEntry) -> str:
    if model.retired:
        return f"gone since {model.retired}"
    if not known_models.has_key(app.settings, app.environment, pool):
        return f"needs {pool.key_variable}"
    return "last resort" if model.is_last_resort else "ready"


def _facts(app: App, known: Catalog, served: list[ModelEntry]) -> dict[str, Any]:
    pools = [
        {**asdict(pool), "has_key": known_models.has_key(app.settings, app.environment, pool)}
        for pool in known.pools.values()
        if pool.url
    ]
    return {
        "served": [
            {**asdict(one), "key": one.key, "capabilities": sorted(one.capabilities)}
            for one in served
        ],
        "pools": pools,
    }


def _row(name: str, folder: Path) -> dict[str, Any]:
    path = model_files.here(folder).get(name)
    model = model_files.known().get(name)
    return {
        "name": name,
        "path": str(path) if path else "",
        "size_bytes": path.stat().st_size if path else model.size if model else 0,
        "url": model.url if model else "",
        "sha256": model.sha256 if model else "",
        "licence": model.licence if model else "",
    }


@models.command()
@click.argument("model")
@click.option("--sha256", default="", help="What a file from a URL has to be.")
@click.option("--name", default="", help="What a file from a URL is to be called.")
@click.option("--base-url", help="A mirror, in place of the address's scheme and host.")
@click.pass_obj
def pull(app: App, model: str, sha256: str, name: str, base_url: str | None) -> None:
    """Fetch a model by name, or by URL with the SHA-256 that its publisher shows.

    A broken-off download goes on where it ended. What is not the file asked for is thrown away.
    """
    app.set("LOCAL_MODELS_URL", base_url)
    folder, mirror = app.settings["LOCAL_MODELS_DIR"], app.settings["LOCAL_MODELS_URL"]
    wanted = model_files.asked(model, sha256, name)
    path = model_files.pull(wanted, folder, mirror, app.out.note)
    app.out.result({"name": wanted.name, "path": str(path), "sha256": wanted.sha256})
    app.out.say(str(path))
    app.out.note(f"to use it: AI_PROVIDER=local AI_MODEL={wanted.name}")
