"""The exported detectors: what each kind of key becomes, and what is left alone."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.catalog import detectors

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#: Put together here, so that no scanner takes this file for a leak.
KEYS = {
    "AWS Access Key": "AK" + "IA" + "Z" * 16,
    "Azure Storage Account access key": "Account" + "Key=" + "a/" * 44,
    "Discord Bot Token": f"M{LETTERS[:23]}.{LETTERS[:6]}.{LETTERS[:27]}",
    "GitHub Token": "gh" + f"p_{LETTERS[:36]}",
    "GitLab Token": "glr" + f"t-{LETTERS[:20]}",
    "JSON Web Token": f"ey{'J'}{LETTERS}.{LETTERS}.{LETTERS}",
    "Mailchimp Access Key": "0a" * 16 + "-us" + "12",
    "OpenAI Token": f"sk-{LETTERS[:20]}T3Blbk" + f"FJ{LETTERS[:20]}",
    "PyPI Token": "pypi-AgEIcHlwaS5" + f"vcmc{LETTERS}{LETTERS}",
    "SendGrid API Key": f"SG.{LETTERS[:22]}.{LETTERS[:43]}",
    "Slack Token": "https://hooks.slack" + ".com/services/T0AB/B0AB/x1y2",
    "Square OAuth Secret": "sq0" + f"csp-{LETTERS[:43]}",
    "Stripe Access Key": "sk_" + f"live_{LETTERS[:24]}",
    "Telegram Bot Token": f"110201543:{LETTERS[:35]}",
    "Twilio API Key": "SK" + "0a" * 16,
}


@pytest.mark.parametrize(("kind", "key"), KEYS.items(), ids=KEYS)
def test_a_key_becomes_the_name_of_its_kind(kind, key):
    shown = detectors.masked(f"use {key} for it")

    assert shown.startswith("use ")
    assert shown.endswith(" for it")
    assert f"[masked: {kind}]" in shown
    assert key not in shown


def test_a_password_in_an_address_is_masked_and_the_host_stays():
    assert detectors.masked("postgres://me:pa55word@db.example.com/shop") == (
        "postgres[masked: Basic Auth Credentials]db.example.com/shop"
    )


@pytest.mark.parametrize(
    "text",
    [
        "def refund(charge: Charge, key: str) -> None:  # see RFC 9110",
        "https://example.com:8080/a?b=c@d",
        "2026-11-01T10:00:00.000Z 5e7c1f44-9a5b-4c43-8a2f-1d2f3a4b5c6d",
        "implement-auth@shop-api",
    ],
)
def test_ordinary_text_stays(text):
    assert detectors.masked(text) == text


def test_masking_twice_changes_nothing():
    once = detectors.masked(" ".join(KEYS.values()))

    assert detectors.masked(once) == once


#: More of what the patterns look for, and what stands around it.
PARTS = (
    *KEYS.values(),
    *("postgres://me:pa55@db", "xoxb-1-a", "=APA12345678Z ", '"AKCabcdefghijk"', "é\u212a\u017f"),
    *(f"aws_key: '{'aB/' * 13}a'", f'cl_apikey="{"ab" * 12}"', f"cloudant-key = {'0a' * 32}"),
    *(f"http://u-x:{'ab' * 12}@h.cloudant.com", f"ibm_iam_key: {'aB_-' * 11}"),
    *(f"secret_access_key={'ab12' * 12}", f"sl_token: {'0z' * 32}", f"gloas-{'a' * 64}"),
    *("//r.npmjs.org/:_authToken=npm_x", f"https://api.softlayer.com/soap/v3/{'ab' * 32}"),
)
NOISE = st.text("abzAZ019_-/=.: \"'\n\\@é\u0661()[]", max_size=6)
PIECES = st.one_of(
    st.sampled_from(PARTS),
    st.sampled_from(PARTS).map(str.upper),
    st.tuples(st.sampled_from(PARTS), st.integers(0, 99), NOISE).map(
        lambda one: one[0][: one[1]] + one[2] + one[0][one[1] :]
    ),
    NOISE,
)


def masked_by_every_pattern(text):
    """The same by patterns and words alone, without a look at the text before."""
    path = Path(detectors.__file__).with_name("detectors.json")
    lowered = text.lower()
    for name, flags, pattern, words, _core, _least in json.loads(path.read_text())["patterns"]:
        if any(word.lower() in lowered for word in words):
            shown = detectors.MASKED.format(name)
            text = re.sub(f"(?{flags}:{pattern})" if flags else pattern, shown, text)
    return text


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=7), st.sampled_from(["", " ", "\n"]))
def test_a_quick_look_at_a_text_misses_no_key(pieces, between):
    text = between.join(pieces)

    assert detectors.masked(text) == masked_by_every_pattern(text)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[:16])
def test_each_of_these_is_found_by_every_pattern_as_by_a_quick_look(part):
    shown = detectors.masked(f"a {part} b")

    assert shown == masked_by_every_pattern(f"a {part} b")
    assert ("[masked: " in shown) == (not part.startswith("é"))


def test_a_key_in_a_long_text_is_masked_wherever_it_is():
    key = KEYS["GitHub Token"]
    for before in (0, 5_000, 8_180, 20_000):
        text = "word " * (before // 5) + key + " word" * 5_000

        assert key not in detectors.masked(text)


@pytest.mark.parametrize("word", ["eyJ", "sk-", "/", "//", "://a:", "aws", "glagent-", "BEGIN "])
def test_a_hostile_text_is_looked_at_in_pieces(word):
    pieces = list(detectors._pieces(word * 20_000))

    assert max(map(len, pieces)) <= 8192
    assert "".join(pieces) == word * 20_000
