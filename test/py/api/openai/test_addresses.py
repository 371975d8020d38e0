"""Which addresses lead inside, however they are written, and who may show them to a model."""

import pytest

from ai_sessions.api.openai import addresses

PATH = "/v1/chat/completions"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "HTTP://127.0.0.1:11434/api",
        " http://127.1/x",
        "http:127.0.0.1",
        "http:\\\\127.0.0.1\\x",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://example.org@127.0.0.1/",
        "http://0.0.0.0/",
        "http://10.0.0.5/",
        "http://172.16.9.9/",
        "https://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://224.0.0.1/",
        "http://[::1]:80/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00::1]/",
        "http://localhost/",
        "http://LOCALHOST.:80/",
        "http://a.localhost/",
        "http://metadata.google.internal/",
        "http://printer.local/",
        "http://router/",
        "http://",
        "ftp://10.0.0.1/x",
        "file:///etc/passwd",
        "file:/etc/passwd",
    ],
)
def test_an_address_inside_is_known_as_such(address):
    assert addresses.leads_inside(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/cat.png",
        "https://example.org:8443/?at=127.0.0.1#localhost",
        "https://user@8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://localhost.example.org/",
        "data:image/png;base64,AAAA",
        "gs://bucket/cat.png",
        "file-abc123",
        "what does http://localhost/ show?",
        "",
    ],
)
def test_what_anybody_can_reach_is_not(address):
    assert not addresses.leads_inside(address)


def shown(client, part):
    text = {"type": "text", "text": "Look at http://127.0.0.1/"}
    said = [{"role": "user", "content": [text, part]}, {"role": "user", "content": "What is it?"}]
    return client.post(PATH, json={"model": "model-1", "messages": said})


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "http://127.0.0.1/cat.png"}},
        {"type": "video_url", "video_url": {"url": "file:///etc/passwd"}},
        {"type": "image", "source": {"type": "url", "url": "http://10.0.0.1/"}},
    ],
)
def test_a_model_is_shown_nothing_inside_but_by_the_owner(client, service, model, part):
    owner, client.token = client.token, service.access.add("phone", "write", service.now())
    refused = shown(client, part)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope")
    assert model.asked == []

    client.token = owner
    assert shown(client, part).status_code != 403


@pytest.mark.parametrize("name", ["base_url", "api_base", "provider", "extra_body", "endpoint"])
def test_who_asks_cannot_name_the_server_that_is_asked(client, model, name):
    given = {name: "http://169.254.169.254/v1", "model": "model-1"}
    client.post("/v1/sessions", json={"name": "x"})
    said = {"messages": [{"role": "user", "content": "Hi"}], **given}
    told = client.post(PATH, json=said).json()["error"]
    chat = client.post("/v1/sessions/x/chat", json={"text": "Hi", **given})

    assert (told["param"], told["code"], model.asked) == (name, "unsupported_parameter", [])
    assert chat.status_code == 400
