"""Where settings and sessions are, who may read them, and what disk they are on."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions.diagnosis.checks import Check

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEAST_FREE = 200_000_000
#: Kinds of file systems that several machines write to; `fuse.` goes before some of them.
_NETWORK = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "sshfs", "rclone"),
        *("afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2", "s3fs"),
    )
)
_MOUNTS = Path("/proc/mounts")


def settings(files: Sequence[str], keys: Sequence[str]) -> Check:
    """`files`: where settings are read from. `keys`: the files that have keys in them."""
    there = [path for path in files if os.path.exists(path)]
    if not there:
        return Check("settings", "ok", f"defaults and environment; none in {files[0]}")
    open_ones = [path for path in there if path in keys and _is_open(Path(path))]
    if not open_ones:
        return Check("settings", "ok", ", ".join(there))
    told = f"others may read the keys in {', '.join(open_ones)}"
    return Check("settings", "warning", told, f"chmod 600 {' '.join(open_ones)}")


def sessions(folder: Path, origin: str, mounts: Mapping[str, str]) -> Iterator[Check]:
    """`origin`: who set SESSION_DIR. `mounts`: as of `mounts_of`."""
    yield _access(folder, origin)
    if not (kind := network_kind(folder, mounts)):
        return
    told = f"{folder} is on a network file system ({kind}): slow, and its locks may not hold"
    yield Check("sessions disk", "warning", told, "set SESSION_DIR to a folder of this machine")


def _access(folder: Path, origin: str) -> Check:
    where = f"{folder} ({origin})"
    there = _nearest(folder)
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        told = f"{where}: cannot be written"
        return Check("sessions", "missing", told, "set SESSION_DIR to a folder of yours")
    if there == folder and _is_open(folder):
        told = f"{where}: others on this machine may look into it"
        return Check("sessions", "warning", told, f"chmod 700 {folder}")
    new = "" if there == folder else ", made when it is needed"
    return Check("sessions", "ok", f"{where}, yours alone{new}")


def free(folder: Path) -> Check:
    """What is left on the disk of a folder that need not be there yet."""
    disk = shutil.disk_usage(_nearest(folder))
    left = disk.free
    told = f"{left / 1e9:,.1f} GB free"
    if left >= _LEAST_FREE or not disk.total:  # a file system without a size
        return Check("disk", "ok", told)
    return Check("disk", "warning", f"only {left / 1e6:,.0f} MB free", "make room on the disk")


def mounts_of(table: Path = _MOUNTS) -> dict[str, str]:
    """Mount points with the kinds of their file systems; empty where nobody tells."""
    try:
        lines = table.read_text(errors="replace").splitlines()
    except OSError:
        return {}
    fields = (line.split(" ") for line in lines)
    return {_unescaped(parts[1]): parts[2] for parts in fields if len(parts) > 2}


def network_kind(folder: Path, mounts: Mapping[str, str]) -> str:
    """The kind of the file system that `folder` is on when it is one of a network, or empty."""
    place = os.path.realpath(folder)
    above = (os.fspath(one) for one in (Path(place), *Path(place).parents))
    kind = next((mounts[one] for one in above if one in mounts), "")
    return kind if kind.removeprefix("fuse.") in _NETWORK else ""


def _unescaped(path: str) -> str:
    r"""A path as the table of mounts has it, with `\040` for a space."""
    return path.encode("latin-1", "replace").decode("unicode_escape") if "\\" in path else path


def _nearest(folder: Path) -> Path:
    """The folder itself, or the first one above it that is there and can be seen."""
    return next(place for place in (folder, *folder.parents) if os.path.exists(place))


def _is_open(path: Path) -> bool:
    """Whether others may read or change it, unless a folder above keeps them out."""
    return bool(path.stat().st_mode & _OTHERS)
