"""Failures as people see them."""

from ai_sessions.api import problems
from ai_sessions.api.site.failures import failed


def test_a_failure_is_a_page_with_what_to_do(browser):
    answer = browser.get("/sessions/none-such")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<p>no session &#x27;none-such&#x27;</p>" in answer.text
    assert "script-src 'none'" in answer.headers["content-security-policy"]


def test_what_was_asked_for_does_nothing_in_the_page(browser):
    told = {"accept": "text/html,*/*"}
    for path in ("/sessions/%3Cscript%3E", "/%3Cscript%3E", "/x/y?%3Cscript%3E"):
        answer = browser.get(path, headers=told)
        assert answer.headers["content-type"].startswith("text/html")
        assert "<script" not in answer.text


def test_headers_of_the_problem_stay():
    told = problems.answer(429, "limit", "too many", headers={"retry-after": "7"})

    assert failed(told, "/").headers["retry-after"] == "7"


def test_the_path_back_is_quoted():
    asked = failed(problems.answer(401, "token"), '/x?"&\r\n')

    assert asked.headers["location"] == "/login?next=/x%3F%22%26%0D%0A"
