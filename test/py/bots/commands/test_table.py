"""The list of commands."""

from pathlib import Path

from ai_sessions.bots.commands.table import COMMANDS

ROOT = Path(__file__).resolve().parents[4]


def test_help_lists_what_the_sender_may_use(world):
    (user,) = world.say("/help")
    world.own()
    (owner,) = world.say("/help")

    listed = [one.name for one in COMMANDS.values() if not one.for_owners]
    assert [line.split()[0] for line in user.splitlines()] == [f"/{name}" for name in listed]
    assert [line.split()[0] for line in owner.splitlines()] == [f"/{name}" for name in COMMANDS]


def test_what_a_command_does_is_said_shortly():
    assert all(0 < len(one.tells) <= 100 for one in COMMANDS.values())
    assert all(name == one.name and name.islower() for name, one in COMMANDS.items())


def test_the_page_lists_all_commands():
    page = (ROOT / "docs" / "bots.md").read_text()
    for one in COMMANDS.values():
        typed = f"/{one.name} {one.takes}".strip().replace("|", "\\|")
        assert f"| `{typed}` | {one.tells} |" in page
