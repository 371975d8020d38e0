"""`models`: which model files the provider `local` has, and fetching them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ai_sessions.cli.app import App
from ai_sessions.providers import model_files


@click.group()
def models() -> None:
    """Model files for the provider local."""


@models.command("list")
@click.pass_obj
def list_(app: App) -> None:
    """List the models that are here, and those that can be pulled by name."""
    folder: Path = app.settings["LOCAL_MODELS_DIR"]
    rows = [_row(name, folder) for name in {**model_files.here(folder), **model_files.known()}]
    app.out.result({"folder": str(folder), "models": rows})
    for row in rows:
        size = model_files.megabytes(row["size_bytes"])
        state = "here" if row["path"] else "can be pulled"
        app.out.say(f"{row['name']:<28} {size:>9}  {state:<13}  {row['licence']}".rstrip())


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
