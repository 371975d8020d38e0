"""Style and icon: under names that change with what is in them."""

import re


def test_what_pages_load_is_there_without_a_token_and_kept_for_good(stranger):
    files = re.findall(r'href="(/static/[^"]+)"', stranger.get("/login").text)

    found = [stranger.get(one) for one in files]
    assert [one.headers["content-type"] for one in found] == [
        "text/css; charset=utf-8",
        "image/svg+xml",
    ]
    assert all("immutable" in one.headers["cache-control"] for one in found)


def test_the_style_loads_nothing(stranger):
    style = re.findall(r'href="(/static/[^"]+css)"', stranger.get("/login").text)[0]

    assert not re.search(r"url\(|@import|https?:", stranger.get(style).text)


def test_a_name_of_another_time_is_no_file(stranger):
    assert stranger.get("/static/0.css").status_code == 404
    assert stranger.get("/static/..%2f..%2fpasswd").status_code == 404
