"""Which command lists a person has approved, kept inside `.git` of this clone.

Not in the workspace: a repository that could carry its own approval would need none.
"""

import os

from ai_sessions import git_files
from ai_sessions.disk import files

_FOLDER = ("ai-sessions", "approved")
_MOST_BYTES = 1000


def approved(repo: str, feature: str) -> str:
    """The fingerprint of the approved list; empty when nothing is approved."""
    try:
        return (
            files.read_bytes(_path(repo, feature), _MOST_BYTES).decode("ascii", "replace").strip()
        )
    except FileNotFoundError:
        return ""
    except ValueError:
        return ""
    except OSError as error:
        raise files.storage_error(error, _path(repo, feature)) from error


def approve(repo: str, feature: str, fingerprint: str) -> None:
    """Remember that a person has seen and approved this list."""
    path = _path(repo, feature)
    with files.reported(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.replace(path, f"{fingerprint}\n".encode())


def _path(repo: str, feature: str) -> str:
    return os.path.join(git_files.common_folder(repo), *_FOLDER, feature)
