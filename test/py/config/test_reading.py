"""Files with settings: each form gives the same texts, and what is wrong is told with its line."""

import os

import pytest

from ai_sessions.config.reading import env_file, project_json, project_yaml, user_json
from ai_sessions.errors import ConfigError

READERS = (env_file, user_json, project_json, project_yaml)


def written(folder, text):
    path = folder / "file"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize("read", READERS)
def test_no_file_says_nothing(tmp_path, read):
    assert dict(read(str(tmp_path / "none")).values) == {}


@pytest.mark.parametrize("read", READERS)
def test_an_empty_file_says_nothing(tmp_path, read):
    assert dict(read(written(tmp_path, "\n")).values) == {}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (env_file, "# mine\nATTEMPTS=5\nexport AI_MODEL='opus'\n"),
        (user_json, '{\n"ATTEMPTS": 5,\n"AI_MODEL": "opus"}'),
        (project_json, '\ufeff{\n"ATTEMPTS": "5",\n"AI_MODEL": "opus"}'),
        (project_yaml, "settings:\n  ATTEMPTS: 5\n  AI_MODEL: opus # good\n"),
    ],
)
def test_all_forms_say_the_same_and_know_their_lines(tmp_path, read, text):
    layer = read(path := written(tmp_path, text))

    assert dict(layer.values) == {"ATTEMPTS": "5", "AI_MODEL": "opus"}
    assert layer.place("ATTEMPTS") == f"{path}:2"
    assert layer.place("AI_MODEL") == f"{path}:3"


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (env_file, "ATTEMPTS=5\n'\nAI_MODEL=x\n", ":2: not NAME=value"),
        (env_file, "ATTEMPTS=5\n\nAI_MODLE=x\n", ":3: unknown setting 'AI_MODLE'"),
        (env_file, b"AI_MODEL=\xff\n", "cannot read .*: it is not UTF-8"),
        (user_json, "[]", ":1: not JSON: '{' is due"),
        (user_json, '{"ATTEMPTS": 5,\n}', ":2: not JSON: a key in double quotes is due"),
        (user_json, '{"ATTEMPTS": 5', ":1: not JSON: it ends before"),
        (user_json, '{"ATTEMPTS": 5}\n{}', ":2: something stands behind the closing brace"),
        (user_json, '{"ATTEMPTS":\nNaN}', ":2: not JSON"),
        (user_json, '{\n"ATTEMPTS": 5,\n"ATTEMPTS": 6}', ":3: ATTEMPTS stands there twice"),
        (user_json, '{"llm": {"AI_MODEL": "x"}}', ":1: unknown setting 'llm'"),
        (user_json, '{"AI_MODEL": null}', ":1: AI_MODEL has no value"),
        (user_json, '{"AI_MODEL": ["a"]}', ":1: AI_MODEL must be one value"),
        (user_json, '{"PRICES": [' + "[" * 5000, ":1: not JSON: nested too deeply"),
        (user_json, '{"A": "' + "x" * 300_000 + '"}', "more than 262,144 bytes"),
        (user_json, b'{"AI_MODEL": "\xff"}', "cannot read .*: it is not UTF-8"),
        (project_json, '{"ATTEMPTS": 5,\n "SESSION_DIR": "/x"}', ":2: SESSION_DIR is yours to set"),
        (project_yaml, "settings: [a]", ":1: settings must be a map"),
        (project_yaml, "settings: {a: b", ":1: not YAML"),
        (project_yaml, "test: x\nsettings: {AI_MODEL: [a]}", ":2: AI_MODEL must be one value"),
        (project_yaml, "settings:\n  OPENAI_API_KEY: k", ":2: OPENAI_API_KEY is yours to set"),
        (project_yaml, "settings:\n  ATTEMPTS:", ":2: ATTEMPTS has no value"),
        (
            project_yaml,
            "settings:\n  ATTEMPTS: 5\n  ATTEMPTS: 6",
            ":3: ATTEMPTS stands there twice",
        ),
        (project_yaml, "settings: &a {ATTEMPTS: 5}\nb: *a\n", ":2: aliases"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path, read, text, said):
    path = written(tmp_path, text)

    with pytest.raises(ConfigError, match=said) as caught:
        read(path)
    assert path in caught.value.message


def test_a_huge_wrong_value_is_quoted_as_far_as_it_fits_into_a_line(tmp_path):
    with pytest.raises(ConfigError) as caught:
        user_json(written(tmp_path, '{"AI_MODEL": ["' + "x" * 100_000 + '"]}'))

    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ('{"USE_SESSIONS": false}', "USE_SESSIONS", "false"),
        ('{"BUDGET_DAY": 2.50}', "BUDGET_DAY", "2.50"),
        ('{"SUMMARIZE_THRESHOLD": 1e-1}', "SUMMARIZE_THRESHOLD", "1e-1"),
        ('{"LLM_FALLBACK": ["anthropic:x", "ollama"]}', "LLM_FALLBACK", "anthropic:x ollama"),
        ('{"BUDGET_MODEL": {"opus": 3, "haiku": 0.5}}', "BUDGET_MODEL", "opus=3 haiku=0.5"),
        ('{"PRICES": {"m": {"input": 1.10}}}', "PRICES", '{"m": {"input": 1.10}}'),
    ],
)
def test_json_says_it_in_its_own_types(tmp_path, text, name, value):
    assert user_json(written(tmp_path, text)).values[name] == value


@pytest.mark.parametrize("read", [user_json, project_json, project_yaml])
def test_a_pipe_or_a_device_in_place_of_the_file_is_refused_at_once(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")

    for name in ("pipe", "zeros"):
        with pytest.raises(ConfigError, match="not a regular file"):
            read(str(tmp_path / name))


def test_a_file_that_was_named_has_to_be_there(tmp_path):
    with pytest.raises(ConfigError, match="which AI_SESSIONS_CONFIG names, does not exist"):
        user_json(str(tmp_path / "none"), named_by="AI_SESSIONS_CONFIG")


def test_a_folder_that_is_a_file_is_no_project_of_ours(tmp_path):
    written(tmp_path, "")

    assert dict(project_json(str(tmp_path / "file/ai-sessions.json")).values) == {}
