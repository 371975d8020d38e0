"""Files of messages."""

import pytest
from telegram import Message

from ai_sessions.bots.events import Attachment
from ai_sessions.bots.telegram import attachments
from telegram_server import DATE, DM


def file(**more):
    return {"file_id": "f", "file_unique_id": "u", "file_size": 9, **more}


def size(id_, side):
    return file(file_id=id_, width=side, height=side)


@pytest.mark.parametrize(
    ("told", "name", "media"),
    [
        ({"document": file(file_name="a.md", mime_type="text/x")}, "a.md", "text/x"),
        ({"document": file()}, "file", ""),
        ({"voice": file(duration=1)}, "voice.ogg", "audio/ogg"),
        ({"audio": file(duration=1, file_name="s.flac")}, "s.flac", "audio/mpeg"),
        ({"audio": file(duration=1)}, "audio.mp3", "audio/mpeg"),
        ({"video": file(duration=1, width=1, height=1)}, "video.mp4", "video/mp4"),
        ({"video_note": file(duration=1, length=1)}, "video.mp4", "video/mp4"),
    ],
)
def test_a_file_is_told_by_name_media_and_size(told, name, media):
    assert of(**told) == (Attachment("f", name, media, 9),)


def test_of_a_photo_the_largest_size_is_taken():
    photo = [size("small", 90), size("large", 1280), size("middle", 320)]

    assert of(photo=photo) == (Attachment("large", "photo.jpg", "image/jpeg", 9),)


def test_a_size_that_is_not_told_is_not_known():
    assert of(voice=file(duration=1, file_size=None))[0].size is None


def test_a_text_has_none():
    assert of(text="Hello") == ()


def of(**told):
    message = {"message_id": 1, "date": DATE, "chat": DM, **told}
    return attachments.of(Message.de_json(message, None))
