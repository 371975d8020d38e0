"""What is signed by Discord's key, and when."""

import pytest
from nacl.signing import SigningKey

from ai_sessions.bots.discord import signatures
from ai_sessions.errors import ConfigError

KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
BODY, NOW = b'{"type":1}', 1_800_000_000


def signed(by=KEY, stamp=str(NOW), body=BODY):
    return by.sign(stamp.encode() + body).signature.hex()


def is_good(signature, stamp=str(NOW), body=BODY, now=NOW):
    return signatures.is_good(KEY.verify_key, signature, stamp, body, float(now))


def test_what_is_signed_now_is_good():
    assert is_good(signed())


@pytest.mark.parametrize("late", [-301, 301, 3600])
def test_what_was_signed_long_ago_or_later_than_now_is_not(late):
    assert not is_good(signed(), now=NOW + late)


@pytest.mark.parametrize("late", [-290, 290])
def test_clocks_may_differ_a_little(late):
    assert is_good(signed(), now=NOW + late)


@pytest.mark.parametrize(
    "signature",
    ["", "00", "not hexadecimal", "0" * 128, signed(OTHER), signed(body=b"other"), signed() + "00"],
)
def test_what_is_signed_by_another_key_or_not_at_all_is_not(signature):
    assert not is_good(signature)


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "\N{SUPERSCRIPT TWO}"])
def test_a_time_that_is_none_is_not(stamp):
    assert not is_good(signed(stamp=stamp), stamp)


def test_a_body_that_was_changed_is_not():
    assert not is_good(signed(), body=BODY + b" ")


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31])
def test_a_key_that_is_none_is_told_with_what_to_do(text):
    with pytest.raises(ConfigError, match="64 hexadecimal digits") as refused:
        signatures.key(text)

    assert "General Information" in refused.value.hint


def test_a_key_is_read_as_it_is_shown():
    assert signatures.key(f" {KEY.verify_key.encode().hex()}\n") == KEY.verify_key
