"""`serve`: tokens, and addresses that are refused. The server itself is run by test/bats."""

import json

import pytest


@pytest.fixture
def serve(cli, root):
    return lambda *args: cli("serve", *args)


def test_the_owners_token_is_shown_and_stays(serve, root):
    shown = serve("token", "show")

    assert shown.out == (root / ".api" / "token").read_text()
    assert serve("token", "show").out == shown.out


def test_a_token_is_printed_once_and_listed_without_itself(serve):
    added = serve("token", "add", "phone", "--scope", "write", "--json")
    listed = serve("token", "list")

    assert json.loads(added.out)["scope"] == "write"
    assert listed.out.startswith("phone\twrite\t2")
    assert json.loads(added.out)["token"] not in listed.out


def test_a_revoked_token_is_not_listed(serve):
    serve("token", "add", "phone")

    assert serve("token", "revoke", "phone").out == "phone is revoked\n"
    assert json.loads(serve("token", "list", "--json").out)["tokens"] == []
    assert serve("token", "revoke", "phone").code == 4


def test_tokens_may_be_in_a_file_elsewhere(serve, tmp_path):
    (tmp_path / "secret").write_text("x" * 40)

    assert serve("--token-file", str(tmp_path / "secret"), "token", "show").out == "x" * 40 + "\n"


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["--host", "0.0.0.0"], 3, "tokens would cross the network"),
        (["--tls-cert", "x.pem"], 3, "TLS needs both"),
        (["--port", "70000"], 2, "70000"),
        (["token", "add", "phone", "--scope", "root"], 2, "root"),
    ],
)
def test_what_cannot_be_served_is_refused(serve, args, code, told):
    refused = serve(*args)

    assert (refused.code, told in refused.err) == (code, True)
