"""The connection to a server: scripts are sent to it, one after the other in one trip.

Needs the package redis, of the extra `redis`, which only this module imports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ai_sessions.config.extras import missing
from ai_sessions.errors import ConfigError, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.store.redis import scripts
from ai_sessions.store.redis.scripts import Script

if TYPE_CHECKING:
    import redis

Answer = list[Any]
_CONNECT_S, _ANSWER_S = 2, 10
#: How often a command is sent again when the connection broke; all scripts may be repeated.
_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A script to run: its keys, all of one hash slot, and arguments."""

    script: Script
    keys: Sequence[str]
    arguments: Sequence[str | int] = ()


class Client:
    """A server. Safe to use from several threads; connections are made when they are needed."""

    def __init__(self, url: str, password: str = "") -> None:
        """`url`: `redis://`, `rediss://` or `unix://`. `password`: instead of one in the URL.

        Raises `ConfigError` without the package, or for a URL that is none.
        """
        try:
            import redis
        except ImportError as error:
            raise missing("redis", "a store in Redis", error) from error
        self._library = redis
        try:
            self._server: redis.Redis = redis.Redis.from_url(
                url, **_options(), **({"password": password} if password else {})
            )
        except ValueError as error:  # it may quote the URL, which may have a password
            raise ConfigError(
                "the URL of Redis is none",
                "write it as redis://HOST:6379/0, rediss://HOST:6379/0 or unix:///run/redis.sock",
            ) from error

    @property
    def address(self) -> str:
        """Where the server is, without names and passwords."""
        told = self._server.connection_pool.connection_kwargs
        if path := told.get("path"):
            return str(path)
        return f"{told.get('host', 'localhost')}:{told.get('port', 6379)}"

    def run(self, *steps: Step) -> list[Answer]:
        """The answers of scripts, which run in this order, one by one.

        Raises `StorageError` when the server is away or refuses one of them.
        """
        with _Reported(self):
            answers = self._sent(steps)
            if any(isinstance(one, self._library.exceptions.NoScriptError) for one in answers):
                self._teach()
                answers = self._sent(steps)
            for one in answers:
                if isinstance(one, Exception):
                    raise one
            return answers

    def check_writable(self) -> None:
        """Raises `StorageError` unless it is there and takes writes. Nothing is touched."""
        with _Reported(self):
            told: Any = self._server.info("replication")
        if told.get("role") != "master":
            raise StorageError(f"Redis at {self.address} is a replica", "name its primary")

    def values(self, key: str) -> dict[str, str]:
        """A hash as a whole."""
        with _Reported(self):
            found: Any = self._server.hgetall(key)
            return dict(found)

    def value(self, key: str, field: str) -> str:
        """One value of a hash; empty: there is none."""
        with _Reported(self):
            found: Any = self._server.hget(key, field)
            return found or ""

    def items(self, key: str, first: int, last: int) -> list[str]:
        """Part of a list, both ends included."""
        with _Reported(self):
            found: Any = self._server.lrange(key, first, last)
            return list(found)

    def close(self) -> None:
        self._server.close()

    def failed(self, error: Exception) -> StorageError | None:
        """What an error of the library is to our callers; None: it is none of its errors."""
        if not isinstance(error, self._library.exceptions.RedisError):
            return None
        told = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        return StorageError(
            f"Redis at {self.address}: {told}", "is it up, and may this user write there?"
        )

    def _sent(self, steps: Sequence[Step]) -> list[Answer]:
        pipeline = self._server.pipeline(transaction=False)
        for step in steps:
            pipeline.evalsha(step.script.sha, len(step.keys), *step.keys, *step.arguments)
        return list(pipeline.execute(raise_on_error=False))

    def _teach(self) -> None:
        """A server that was started anew knows no script."""
        for script in scripts.EVERY:
            self._server.script_load(script.text)


class _Reported:
    """Errors of the library become ours."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, Exception) and (failed := self._client.failed(error)):
            raise failed from error


def _options() -> dict[str, Any]:
    from redis.backoff import ExponentialBackoff
    from redis.retry import Retry

    return {
        "decode_responses": True,
        "encoding_errors": "surrogatepass",
        "socket_connect_timeout": _CONNECT_S,
        "socket_timeout": _ANSWER_S,
        "retry": Retry(ExponentialBackoff(cap=1, base=0.05), _RETRIES),
    }
