"""What the server says of itself."""


def test_the_document_is_served_to_who_has_a_token(client, stranger):
    assert client.get("/openapi.json").json()["openapi"] == "3.1.1"
    assert stranger.get("/openapi.json").status_code == 401
