"""YAML of other people can neither hang nor fill the machine."""

import pytest

from ai_sessions.config.reading import project_yaml
from ai_sessions.errors import ConfigError
from ai_sessions.yaml_text import NotYaml, loaded


def bomb(levels):
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(rows) + f"\nsettings:\n  ATTEMPTS: *a{levels - 1}\n"


def test_plain_values_are_read():
    assert loaded("a: [1, x]\nb: {c: true}\n") == {"a": [1, "x"], "b": {"c": True}}


@pytest.mark.parametrize(
    ("text", "told", "line"),
    [
        (bomb(3), "aliases", 2),
        ("a: &x [*x]", "aliases", 1),
        ("a: [", "not YAML", 1),
        ("[" * 1_000_000, "more than 100 brackets in each other", 1),
        ("- " * 1500 + "x", "not YAML", 0),
        ("x" * 101, "101 characters", 0),
    ],
)
def test_anything_else_is_refused_in_one_line(text, told, line):
    with pytest.raises(NotYaml, match=told) as caught:
        loaded(text, largest=100 if text.startswith("xx") else 1 << 20)
    assert caught.value.line == line
    assert len(caught.value.message) < 200


def test_a_small_file_of_a_repository_cannot_become_a_large_value(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(bomb(6))

    with pytest.raises(ConfigError, match=r"config.yaml:2: aliases"):
        project_yaml(str(path))


def test_a_value_of_the_wrong_kind_is_quoted_in_short(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(f"settings:\n  ATTEMPTS: [{', '.join(['x'] * 1000)}]\n")

    with pytest.raises(ConfigError, match="ATTEMPTS must be one value") as caught:
        project_yaml(str(path))
    assert len(caught.value.message) < 300
