"""What the assistant says to who it knows."""

from ai_sessions.assistant import greeting
from ai_sessions.assistant.profile import Profile

DECLAN = Profile("Declan", "Brakel", "google/gemini-2.0-flash-exp:free", "", "")


def test_a_user_is_welcomed_back_with_both_names_and_the_model():
    assert greeting.welcome(DECLAN, "Google Gemini 2.0 Flash") == (
        "Welcome back, Declan! I'm Brakel, powered by Google Gemini 2.0 Flash"
    )


def test_a_new_user_is_greeted():
    assert greeting.hello(DECLAN) == ("👋 Hello Declan, I'm Brakel—your personal AI assistant!")


def test_names_of_a_file_steer_no_terminal():
    odd = Profile("De\x1b[2Jclan\n", "Bra\x07kel", "", "", "")

    assert greeting.welcome(odd, "x") == "Welcome back, Declan! I'm Brakel, powered by x"


def test_without_a_model_or_a_name_the_greeting_does_without():
    nameless = Profile("Declan", "", "", "", "")

    assert greeting.welcome(nameless, "") == "Welcome back, Declan! I'm your assistant"
