"""Read a JUnit XML report that a test process wrote; such a file is not to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MOST_BYTES = 64 << 20


def is_whole(path: Path) -> bool:
    """True once the report has the closing tag of its root, not that of a suite within it alone."""
    try:
        with path.open("rb") as file:
            root = b"</testsuites>" if b"<testsuites" in file.read(512) else b"</testsuite>"
            file.seek(max(0, path.stat().st_size - 64))
            return file.read().rstrip().endswith(root)
    except OSError:
        return False


def testcases(path: Path) -> list[Element] | None:
    """The `testcase` elements in order; None when there is no report that can be read.

    A document type is refused: reports have none, and entities are how XML is made to explode.
    """
    from xml.etree import ElementTree  # loads slowly, and few runners write XML

    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        text = path.read_bytes().decode("utf-8")  # no other encoding can hide a document type
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return None
        return list(ElementTree.fromstring(text).iter("testcase"))  # noqa: S314
    except (OSError, ValueError, ElementTree.ParseError):
        return None
