"""The connection: what is said when there is no package, no server, no right, no such URL."""

import sys

import pytest

from ai_sessions.errors import ConfigError, StorageError
from ai_sessions.store.redis import keys, scripts
from ai_sessions.store.redis.client import Client, Step

PLACE = keys.place("client", "x")
LOOK = Step(scripts.LOOK, PLACE.all, (scripts.SCHEMA,))


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigError, match="needs the extra `redis`"):
        Client("redis://localhost")


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://user:secret@host"])
def test_a_url_that_is_none_is_refused_without_being_shown(url):
    pytest.importorskip("redis")
    with pytest.raises(ConfigError) as caught:
        Client(url)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_a_server_that_is_away_is_named_without_its_password(tmp_path):
    pytest.importorskip("redis")
    client = Client(f"unix://user:secret@{tmp_path}/nobody", password="other")

    for verb in (lambda: client.run(LOOK), client.check_writable, lambda: client.values("x")):
        with pytest.raises(StorageError, match=f"Redis at {tmp_path}/nobody") as caught:
            verb()
        assert not {"secret", "other"} & set(str(caught.value).replace(":", " ").split())


def test_the_address_has_no_names_and_passwords():
    pytest.importorskip("redis")
    assert Client("rediss://me:secret@example.org:7000/3").address == "example.org:7000"


def test_a_server_that_forgot_the_scripts_is_taught_them(redis_server):
    client = Client(redis_server.url)
    redis_server.client.script_flush()

    assert client.run(LOOK, LOOK) == [["absent"], ["absent"]]
    client.close()


def test_what_the_server_refuses_is_a_storage_error(redis_server):
    client = Client(redis_server.url)
    redis_server.client.set(PLACE.meta, "no hash")

    with pytest.raises(StorageError, match="WRONGTYPE"):
        client.run(LOOK)
    redis_server.client.delete(PLACE.meta)
    client.close()
