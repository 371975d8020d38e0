"""Reading a folder of a repository: what cannot be read says nothing and stops nothing."""

import subprocess

import pytest

from ai_sessions.detection.folder import folder_of, table


def test_what_git_ignores_and_what_others_made_is_left_out(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in ("a.py", "b/c.py", "node_modules/x/a.js", "sub/vendor/b.go", "logs/x", "build"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / ".gitignore").write_text("# mine\nlogs/\n\n")

    found = folder_of(tmp_path)

    assert found.names == (".gitignore", "a.py", "b/c.py", "build")


@pytest.mark.parametrize("text", ["{", "[]", "3", "[" * 100_000, "\x00", ""])
def test_a_manifest_that_cannot_be_read_is_empty(made, text):
    found = made({"package.json": text, "pyproject.toml": text})

    assert found.json("package.json") == {}
    assert found.toml("pyproject.toml") == {}


def test_a_byte_order_mark_and_other_bytes_are_read(made, tmp_path):
    found = made({"package.json": "", "a.txt": ""})
    (tmp_path / "package.json").write_bytes(b'\xef\xbb\xbf{"name": "\xff"}')

    assert found.json("package.json")["name"] == "\ufffd"


def test_a_link_a_folder_and_a_file_that_is_gone_say_nothing(made, tmp_path):
    found = made({"a.txt": "secret", "x/y": ""})
    (tmp_path / "link").symlink_to("a.txt")

    assert [found.text(name) for name in ("link", "x", "gone")] == ["", "", ""]


def test_a_folder_below_has_its_own_names_and_knows_its_place(made):
    found = made({"apps/web/a.js": "1", "apps/website/b.js": "", "c.js": ""}).below("apps")

    assert found.below("web").names == ("a.js",)
    assert found.below("web").place == "apps/web"
    assert found.below("web").text("a.js") == "1"
    assert (found.has("x", "web/a.js"), found.first("x"), found.first("web/a.js")) == (
        True,
        "",
        "web/a.js",
    )


@pytest.mark.parametrize("value", [None, 3, [], {"a": 1}, {"a": {"b": "text"}}])
def test_a_table_that_is_none_is_empty(value):
    assert table(value, "a", "b") == {}
    assert table({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}
