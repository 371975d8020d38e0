"""Names: what is let through, what is refused with a suggestion, what is derived."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import names
from ai_sessions.errors import UsageError

HOSTILE = [
    "", ".", "..", "../x", "../../etc", "/etc/passwd", "a/b", "a\\b", "-rf", "--help", ".lock",
    "a\nb", "a\0b", "$(touch x)", "`id`", "*", "a b", "Auth", "AUTH", "é", "e\u0301", "a..b", "con",
    "nul.txt", "lpt1", "x" * 300, "a.", "\u202eabc", "日本語", "a;b", "a'b", 'a"b', "~", "a:b",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_feature_name_is_refused_in_one_line_with_a_valid_suggestion(text):
    with pytest.raises(UsageError) as caught:
        names.feature(text)

    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert names.is_feature(caught.value.hint.removeprefix("try: init-session.sh "))


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Pay Gate", "pay-gate"),
        ("../x", "x"),
        ("Café/Menü", "cafe-menu"),
        ("con", "x-con"),
        ("日本語", "my-feature"),
        ("", "my-feature"),
        ("x" * 300, "x" * 64),
        ("a..b.", "a.b"),
    ],
)
def test_the_suggestion_is_a_name_that_one_would_choose(text, suggested):
    with pytest.raises(UsageError) as caught:
        names.feature(text)

    assert caught.value.hint == f"try: init-session.sh {suggested}"


@given(st.text(max_size=200))
def test_any_text_has_a_valid_suggestion_for_a_session(text):
    assert names.is_session(names.suggestion(text, "my-session"))


@pytest.mark.parametrize("text", ["a", "payment-gateway", "v2.1_x", "0", "x" * 64])
def test_a_plain_feature_name_is_taken_as_it_is(text):
    assert names.feature(text) == text


@given(st.text(max_size=400))
def test_any_text_derives_a_valid_session_name(text):
    assert names.is_session(names.derive(text))


def test_derived_names_differ_unless_the_texts_are_equal_after_normalisation():
    derived = {text: names.derive(text) for text in HOSTILE}

    assert derived["é"] == derived["e\u0301"]
    assert len(set(derived.values())) == len(HOSTILE) - 1


@pytest.mark.parametrize(
    ("text", "valid"),
    [("T1.1", True), ("R2", True), ("T1.10.2", True), ("t1.1", False), ("", False)],
)
def test_task_ids(text, valid):
    assert names.is_task(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("x" * 100, True),
        ("x" * 101, False),
        ("a@" + "p" * 32, True),
        ("a@" + "p" * 33, False),
        ("a@", False),
        ("@a", False),
        ("a@b@c", False),
        ("a.@b", False),
        ("a@b.", True),
        ("_old", False),
        ("con@shop", True),
        ("con.a@shop", False),
    ],
)
def test_session_names_to_the_last_character(text, valid):
    assert names.is_session(text) is valid


def test_a_project_suffix_belongs_to_sessions_only():
    assert names.is_session("implement-auth@shop-api")
    assert not names.is_feature("auth@shop-api")


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ("implement-pay", True),
        ("implement-pay…-v2", True),
        ("implement-pay...-v2", True),
        ("implement-pay…", True),
        ("implement-pay…-v3", False),
        ("implement-payment-v2…-v2", False),
        ("…-v2", False),
        ("", False),
    ],
)
def test_a_name_may_be_given_as_a_table_shortened_it(given, fits):
    assert names.fits("implement-payment-v2", given) is fits


@pytest.mark.parametrize(
    ("model", "family", "is_of"),
    [
        ("claude-opus-4-1", "opus", True),
        ("claude-opus-4-1", "Opus-4", True),
        ("claude-opus-4-1", "opus-1", False),
        ("Anthropic/claude-opus-4-1[1m]", "claude-opus-4-1", True),
        ("sonnet[1m]", "sonnet", True),
        ("qwen/qwen3-coder:free", "qwen3-coder", True),
        ("gpt-5.5", "gpt-5", False),
        ("opusplan", "opus", False),
    ],
)
def test_a_model_is_of_a_family_that_has_its_words(model, family, is_of):
    assert names.is_of_family(model, family) is is_of


@pytest.mark.parametrize(
    ("interface", "conversation_id", "name"),
    [
        ("telegram", "123", "telegram-123"),
        ("telegram", "-100123", "telegram--100123"),
        ("api", "a.b", "api-a.b"),
        ("api", "Łódź/1", "api--d-1-b019967f"),
        ("telegram", "123.1", "telegram-123.1-89f7d1d7"),
        ("discord", "x" * 300, f"discord-{'x' * 63}-32f2a647"),
    ],
    ids=["plain", "group", "dot", "letters", "like a former one", "long"],
)
def test_a_conversation_of_an_interface_has_one_name(interface, conversation_id, name):
    found = names.of_conversation(interface, conversation_id)

    assert found == name
    assert names.is_session(found)
    assert names.is_session(names.former(found, 1000))
    assert names.is_session(names.of_conversation(interface, conversation_id, is_marked=True))


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_conversations_never_have_one_name(one, other):
    found = [names.of_conversation("api", text) for text in (one, other)]
    import unicodedata

    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (found[0] == found[1]) == same
    assert all(names.predecessor_of(name) is None for name in found)


@pytest.mark.parametrize("interface", ["", "Telegram", "a-b", "x" * 33, "1a", "a\n", None, 5])
def test_what_is_no_interface_is_refused(interface):
    with pytest.raises(UsageError, match="not an interface"):
        names.of_conversation(interface, "1")


def test_a_conversation_needs_an_id():
    with pytest.raises(UsageError, match="telegram: a conversation without an id"):
        names.of_conversation("telegram", "")


def test_an_id_that_no_store_can_hold_is_refused():
    with pytest.raises(UsageError, match="telegram: not UTF-8 text"):
        names.of_conversation("telegram", "a\ud800")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("telegram-123.1", ("telegram-123", 1)),
        ("a.12", ("a", 12)),
        ("a.1.2", ("a.1", 2)),
        ("telegram-123", None),
        ("a.01", None),
        ("a.x", None),
        ("a.", None),
    ],
    ids=str,
)
def test_a_conversation_that_is_over_tells_which_it_was(name, found):
    assert names.predecessor_of(name) == found
    if found:
        assert names.former(*found) == name
