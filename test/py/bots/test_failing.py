"""What is said of something that failed."""

from ai_sessions.bots import failing
from ai_sessions.errors import UsageError


def test_an_error_of_ours_is_said_with_what_to_do():
    assert failing.told(UsageError("too long", "make it shorter")) == "too long\nmake it shorter"


def test_of_anything_else_nothing_is_said_but_where_to_look():
    told = failing.told(ValueError("/home/ann/secret"), incident="abc")

    assert "secret" not in told
    assert told.endswith("(abc)")


def test_it_is_in_the_log_by_its_id(caplog):
    failing.logged(ValueError("broken"), "abc")

    assert "incident abc: broken" in caplog.text


def test_one_of_ours_is_in_the_log_without_its_trace(caplog):
    failing.logged(UsageError("too long"), "abc")

    assert "incident abc: too long" in caplog.text
    assert caplog.records[0].exc_info is None


def test_what_to_do_is_said_as_it_is_typed_in_a_chat():
    error = UsageError("no plan", "plan.sh pay --check, then: verify.sh pay")

    assert failing.told(error).endswith("then: /verify pay")
