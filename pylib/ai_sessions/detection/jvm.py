"""The tests of a project of Maven or Gradle, which take names of classes: all of them run."""

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import Found

_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")


def maven(folder: Folder) -> Found | None:
    """None without a pom.xml."""
    if not folder.has("pom.xml"):
        return None
    whole = ("./mvnw" if folder.has("mvnw") else "mvn", "-q", "test")
    return Found("maven", "pom.xml", whole, whole, files=_tests(folder))


def gradle(folder: Folder) -> Found | None:
    """None without a build file of Gradle."""
    if not folder.has(*_GRADLE):
        return None
    whole = ("./gradlew" if folder.has("gradlew") else "gradle", "test")
    return Found("gradle", "the build file", whole, whole, files=_tests(folder))


def _tests(folder: Folder) -> int:
    return sum(1 for _ in folder.ending("Test.java", "Tests.java", "Test.kt", "Spec.groovy"))
