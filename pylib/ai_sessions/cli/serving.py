"""`serve`: the server, and the tokens that let others in."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ai_sessions.api import access, scopes
from ai_sessions.cli.app import App

if TYPE_CHECKING:
    from ai_sessions.api.access import Access
    from ai_sessions.api.scopes import Scope
    from ai_sessions.api.service import Service

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0: any that is free.",
)
@click.option("--open", "opens", is_flag=True, help="Log in a browser by a link that works once.")
@click.option("--token-file", type=_FILE, help="File with the owner's token.")
@click.option("--public-url", metavar="URL", default="", help="How others call this server.")
@click.option(
    "--cors-origin",
    "cors_origins",
    metavar="ORIGIN",
    multiple=True,
    help="Site whose pages may ask this server, such as https://app.example; may come again.",
)
@click.option("--tls-cert", type=_FILE, help="Certificate, for a server beyond this machine.")
@click.option("--tls-key", type=_FILE, help="Its key.")
@click.option("--insecure", is_flag=True, help="Serve beyond this machine without TLS.")
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    opens: bool,
    token_file: Path | None,
    public_url: str,
    cors_origins: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    insecure: bool,
) -> None:
    """Serve sessions over HTTP, on this machine alone unless told otherwise.

    \b
      serve.sh                                 # http://127.0.0.1:8765
      serve.sh --open                          # and a browser that is logged in
      serve.sh token show                      # the token that lets you in
      serve.sh token add phone --scope read    # one for somebody else
    """
    if context.invoked_subcommand:
        context.meta["token_file"] = token_file
        return
    from ai_sessions.api import address, serving
    from ai_sessions.api.service import Service

    app = _app(context)
    at = address.Address(host, port, public_url, tls_cert, tls_key, insecure, cors_origins)
    address.check(at)
    app.need_store()
    service = Service(app.environment, token_file)

    def started(url: str) -> None:
        _started(app, url, _link(service, public_url or url) if opens else "", token_file)
        if path := service.access.exposed:
            app.out.warn(
                f"others on this machine can read {path}: chmod 600 {shlex.quote(str(path))}"
            )

    serving.serve(service, at, started)


def _started(app: App, url: str, link: str, token_file: Path | None) -> None:
    app.out.say(url)
    app.out.result({"url": url, **({"login": link} if link else {})})
    if link:
        app.out.note(f"log in once, within 10 minutes: {link}")
    option = f" --token-file {shlex.quote(str(token_file))}" if token_file else ""
    app.out.note(app.out.typed(f"the token: serve.sh{option} token show; stop with Ctrl-C"))
    app.out.flush()
    if link and (sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & {*app.environment}):
        click.launch(link)


def _link(service: Service, url: str) -> str:
    """A link that logs the owner in, once."""
    return f"{url.rstrip('/')}/login?code={service.logins.code(service.now())}"


@serve.group()
def token() -> None:
    """The tokens that let programs and people in."""


@token.command()
@click.pass_context
def show(context: click.Context) -> None:
    """Print the owner's token; it is made when there is none."""
    app = _app(context)
    found = _access(context).token()
    app.out.say(found)
    app.out.result({"token": found})


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(scopes.SCOPES),
    default="read",
    show_default=True,
    help="What it allows; each includes those before it.",
)
@click.pass_context
def add(context: click.Context, name: str, scope: str) -> None:
    """Make a token for somebody else, and print it this once."""
    app = _app(context)
    made = _access(context).add(name, cast("Scope", scope), datetime.now(UTC))
    app.out.say(made)
    app.out.note(f"{name} may {scope}; the token is not shown again")
    app.out.result({"name": name, "scope": scope, "token": made})


@token.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Show who has one, and what it allows."""
    app = _app(context)
    tokens = _access(context).tokens()
    for one in tokens:
        app.out.say(f"{one.name}\t{one.scope}\t{one.made_at}")
    if not tokens:
        app.out.note("no token beside the owner's; token add makes one")
    rows = [{"name": one.name, "scope": one.scope, "made_at": one.made_at} for one in tokens]
    app.out.result({"tokens": rows})


@token.command()
@click.argument("name")
@click.pass_context
def revoke(context: click.Context, name: str) -> None:
    """Let nobody in with that token any more."""
    app = _app(context)
    _access(context).revoke(name)
    app.out.say(f"{name} is revoked")
    app.out.result({"revoked": name})


def _access(context: click.Context) -> Access:
    folder = Path(_app(context).settings["SESSION_DIR"], access.FOLDER)
    return access.Access(folder, context.meta.get("token_file"))


def _app(context: click.Context) -> App:
    app = context.find_object(App)
    if app is None:
        raise LookupError("no App")
    return app
