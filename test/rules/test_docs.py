"""What the pages say is what the code does: generated ones are fresh, commands in others exist."""

import importlib.util
import re
from pathlib import Path

import click
import pytest

from ai_sessions import config
from ai_sessions.assemble import providers
from ai_sessions.cli import commands, main
from ai_sessions.errors import EXIT_CODES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
SCRIPTS = {entry.script: entry for entry in commands.COMMANDS}


def tool():
    """pylib/tools/write_docs.py as a module."""
    spec = importlib.util.spec_from_file_location(
        "write_docs", ROOT / "pylib" / "tools" / "write_docs.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_are_up_to_date():
    assert tool().out_of_date() == [], "run: make docs"


def test_every_command_is_on_the_page_of_commands():
    page = (ROOT / "docs/commands.md").read_text()

    assert [entry.typed for entry in commands.COMMANDS if f"## {entry.typed}\n" not in page] == []


def test_every_setting_is_in_the_template_and_on_its_page():
    template = (ROOT / ".env.template").read_text()
    page = (ROOT / "docs/settings.md").read_text()
    names = [setting.name for setting in config.SETTINGS]

    assert [name for name in names if f"\n#{name}=" not in template] == []
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_exit_code_is_on_its_page_and_none_is_raised_that_is_not():
    page = (ROOT / "docs/exit-codes.md").read_text()
    raised = {
        int(code)
        for path in (ROOT / "pylib" / "ai_sessions").rglob("*.py")
        for code in re.findall(r"exit_code = (\d+)", path.read_text())
    }

    assert [code for code in EXIT_CODES if f"| {code} |" not in page] == []
    assert raised <= set(EXIT_CODES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_commands_that_exist(page):
    text = page.read_text()
    used = set(re.findall(r"ai-session\.sh ([a-z][a-z-]*)", text))

    assert used <= {entry.name for entry in commands.COMMANDS}
    for script in set(re.findall(r"(?<!test/)\b([a-z][a-z-]*\.sh)\b", text)):
        assert (ROOT / "scripts" / script).exists(), script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_uses_only_options_that_exist(page):
    wrong = [
        f"{script} {option}"
        for line in page.read_text().splitlines()
        for script, rest in re.findall(r"([a-z][a-z-]*\.sh) ?([^|`;#]*)", line)
        if script in SCRIPTS
        for option in re.findall(r"(?<!\S)(--[a-z][a-z0-9-]*)", rest)
        if option not in options(script, rest)
    ]

    assert wrong == []


def options(script: str, rest: str) -> set[str]:
    """All long options that a call of `script` with the words of `rest` takes."""
    entry = SCRIPTS[script]
    words = rest.split()
    if entry.script == "ai-session.sh":
        entry, words = commands.BY_NAME.get(words[0] if words else "", entry), words[1:]
    command = main.loaded(entry.name)
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    names = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return names | {"--help", "--version"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#([^)]*))?\)", page.read_text())

    assert [link for link, _ in links if not (page.parent / link).exists()] == []
    assert [
        f"{link}#{heading}"
        for link, heading in links
        if heading and heading not in headings(page.parent / link)
    ] == []


def headings(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-") for text in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_named_in_a_page_exist(page):
    known = {*(setting.name for setting in config.SETTINGS), config.USER_FILE}
    named = re.findall(r"\b((?:SESSION|AI|OPENAI|USE)_[A-Z_]+)\b", page.read_text())

    assert set(named) <= known


def test_every_provider_is_on_its_page():
    page = (ROOT / "docs/providers.md").read_text()

    assert [name for name in providers.PROVIDERS if f"| `{name}` |" not in page] == []


def test_every_folder_of_the_package_is_in_contributing():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    package = ROOT / "pylib/ai_sessions"
    rooms = [path.parent.name for path in package.glob("*/__init__.py")]
    named = re.findall(r"`(?:pylib/ai_sessions/)?(\w+)/`", page)

    assert [room for room in rooms if room not in named] == [], "say what it is in CONTRIBUTING.md"


def test_every_command_has_help_and_every_option_says_what_it_is_for():
    silent = []
    for entry in commands.COMMANDS:
        command = main.loaded(entry.name)
        below = command.commands.values() if isinstance(command, click.Group) else [command]
        for each in below:
            silent += [] if each.help else [f"{entry.name} {each.name}"]
            silent += [
                f"{entry.name} {option.opts[0]}"
                for option in each.params
                if isinstance(option, click.Option) and not (option.help or option.show_default)
            ]

    assert silent == []
