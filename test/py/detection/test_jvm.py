"""Maven and Gradle run all tests: they take classes, not files."""

import pytest

from ai_sessions.detection.jvm import gradle, maven


@pytest.mark.parametrize(
    ("look", "files", "test"),
    [
        (maven, {"pom.xml": ""}, "mvn -q test"),
        (maven, {"pom.xml": "", "mvnw": ""}, "./mvnw -q test"),
        (gradle, {"build.gradle": ""}, "gradle test"),
        (gradle, {"settings.gradle.kts": "", "gradlew": ""}, "./gradlew test"),
    ],
)
def test_the_wrapper_of_the_project_is_used_where_there_is_one(made, look, files, test):
    found = look(made({**files, "src/test/java/ATest.java": ""}))

    assert " ".join(found.test) == " ".join(found.suite) == test
    assert (found.runs_all, found.is_opaque, found.files) == (True, True, 1)


@pytest.mark.parametrize("look", [maven, gradle])
def test_without_a_build_file_there_is_nothing(made, look):
    assert look(made({"src/test/java/ATest.java": ""})) is None
