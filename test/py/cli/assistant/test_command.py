"""The command `assistant`: what is typed, and what it is taken for."""


def test_its_help_names_the_script_and_the_commands_below_it(cli):
    answer = cli("assistant", "-h")

    assert answer.out.startswith("Usage: assistant.sh")
    assert [line.split()[0] for line in answer.out.splitlines()[-2:]] == ["ask", "chat"]
