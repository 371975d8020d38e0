"""`render`: one session as a page to read or to hand on, or as a JSON document."""

from __future__ import annotations

from pathlib import Path

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.words import Name
from ai_sessions.errors import UsageError
from ai_sessions.sessions import export, rendering


@click.command()
@click.argument("name", type=Name())
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(rendering.FORMS),
    help="What to write.  [default: as FILE ends, else md]",
)
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="File to write, replaced in one step; - is stdout.",
)
@click.option("--redact", is_flag=True, help="Mask keys and your home folder's path.")
@click.pass_obj
def render(app: App, name: str, form: rendering.Form | None, output: str, redact: bool) -> None:
    """Write one session as a page: Markdown, HTML or a JSON document.

    \b
      ai-session.sh render plan-pay --format html -o plan-pay.html
      ai-session.sh render plan-pay --format json | jq -r '.messages[].content'

    The HTML page is one file without scripts that loads nothing. Markdown and JSON have the form of
    recorded files: `import` reads them back. Whatever was said is shown as text and does nothing.
    """
    form = form or ("json" if app.json else _form_of(output))
    if app.json and form != "json":
        raise UsageError(f"--json and --format {form} exclude each other")
    found = app.find(name)
    home = str(Path.home()) if redact else None
    pieces = rendering.pieces(app.sessions(), found, form, home)
    if output == "-":
        for piece in pieces:
            app.out.data(piece)
        return
    with export.draft(output) as file:
        file.writelines(pieces)
    app.out.note(f"written: {output}")


def _form_of(path: str) -> rendering.Form:
    end = Path(path).suffix.removeprefix(".")
    return next((form for form in rendering.FORMS if form == end), "md")
