"""The form to log in with, its cookie, and the way out."""

import pytest

from ai_sessions.api.application import application


def logged_in(stranger, **fields):
    return stranger.post("/login", data=fields)


def test_who_has_not_logged_in_is_led_to_the_form_and_back(stranger, service):
    led = stranger.get("/sessions/a%20b")
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=/sessions/a%20b")

    page = stranger.get(led.headers["location"]).text
    assert '<input type="hidden" name="next" value="/sessions/a b">' in page


def test_a_token_gives_a_cookie_that_no_script_reads_and_no_other_site_sends(stranger, service):
    answer = logged_in(stranger, token=service.access.token())

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie, *rest = answer.headers["set-cookie"].split("; ")
    assert rest == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Strict"]
    assert stranger.get("/", headers={"cookie": cookie}).status_code == 200


def test_the_cookie_of_https_is_sent_by_https_alone(stranger, service):
    stranger.app = application(service, ["testserver"], ["https://testserver"])
    answer = logged_in(stranger, token=service.access.token())

    assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("fields", [{"token": "wrong"}, {"token": ""}, {}, {"code": "wrong"}])
def test_a_wrong_token_gives_the_form_again_and_no_cookie(stranger, fields):
    answer = logged_in(stranger, **fields, next="/features")

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert 'role="alert"' in answer.text
    assert 'value="/features"' in answer.text


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "/a\r\nb", "/ł", ""]
)
def test_nobody_is_led_to_another_server(stranger, service, path):
    answer = logged_in(stranger, token=service.access.token(), next=path)

    assert answer.headers["location"] == "/"


def test_a_code_is_used_by_its_button_and_not_by_looking_at_the_link(stranger, service):
    code = service.logins.code(service.now())
    page = stranger.get(f"/login?code={code}").text

    assert f'<input type="hidden" name="code" value="{code}">' in page
    assert "password" not in page
    assert logged_in(stranger, code=code).status_code == 303
    assert logged_in(stranger, code=code).status_code == 403


def test_logging_out_ends_the_cookie(browser):
    answer = browser.post("/logout", data={"csrf": browser.csrf})

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize("fields", [{}, {"csrf": ""}, {"csrf": "x"}, {"csrf": "ł"}])
def test_a_form_that_is_not_from_our_page_changes_nothing(browser, fields):
    answer = browser.post("/logout", data=fields or {"csrf": ""})

    assert answer.status_code == 403
    assert browser.get("/").status_code == 200


def test_a_cookie_alone_writes_nothing_over_the_api(browser, talk):
    talk("trip", "Hello")
    body = {"text": "x", "provider": "echo"}
    refused = browser.post("/v1/sessions/trip/chat", json=body)
    given = browser.post(
        "/v1/sessions/trip/chat", json=body, headers={"x-csrf-token": browser.csrf}
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert given.status_code == 200


def test_a_cookie_allows_what_its_token_does(browser_of, service, talk):
    talk("trip", "Hello")
    token = service.access.find(service.access.add("phone", "read", service.now()))
    phone = browser_of(token)
    told = {"x-csrf-token": phone.csrf}
    refused = phone.post("/v1/sessions/trip/chat", json={"text": "x"}, headers=told)

    assert phone.get("/").status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "scope")


def test_a_form_in_another_form_is_refused(browser):
    assert browser.post("/logout", json={"csrf": browser.csrf}).status_code == 415
    many = "&".join(f"a{n}=1" for n in range(60))
    told = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.post("/logout", content=many, headers=told).status_code == 400
