"""The front end's output folder: a result appears in it only when it is complete and checked.

The delegate writes into a subfolder, so that a build that fails leaves nothing, and two builds into one folder do not
see each other's files. A build that is killed leaves the subfolder; the next build into the same folder removes it. Its
lock, which the system releases when a process ends, shows that no process uses it any more.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..errors import OutputError
from ..facts.files import remove
from ..rebuild.lock import locked

_ATTEMPTS = 100
_PREFIX = ".pyo3-features-backend-"
_LOCK = "build.lock"
_NEW = 60  # seconds in which a build that has made its folder surely holds the lock in it


class Output:
    """``folder`` is where the delegate writes; :meth:`publish` moves its result to the front end's folder."""

    def __init__(self, directory: Path, folder: Path) -> None:
        self.directory, self.folder = directory, folder

    def publish(self, name: str) -> str:
        """Move the file or folder ``name`` to the front end's folder, in place of an older one; returns the name.

        Raises :class:`OutputError`.
        """
        made, wanted = self.folder / name, self.directory / name
        try:
            for number in itertools.count():
                if wanted.is_dir() and not wanted.is_symlink():
                    with suppress(FileNotFoundError):  # another build has just moved it away
                        wanted.replace(self.folder / f"old-{number}")
                try:
                    made.replace(wanted)
                    break
                except OSError as error:
                    # Another build has just moved its own folder there.
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or number == _ATTEMPTS:
                        raise
        except OSError as error:
            raise _error(wanted, error) from None
        return name


@contextmanager
def collected(directory: str) -> Iterator[Output]:
    """A folder for the delegate's result in ``directory``, which is made if it is missing; removed after the block.

    Raises :class:`OutputError` if nothing can be written there.
    """
    wanted = Path(directory)
    created = False
    own: Path | None = None
    try:
        try:
            wanted = wanted.absolute()
            created = not wanted.is_dir()
            wanted.mkdir(parents=True, exist_ok=True)
            _remove_left(wanted)
            own = wanted / f"{_PREFIX}{os.getpid()}-{os.urandom(6).hex()}"
            own.mkdir(mode=0o700)
            folder = own / "made"
            folder.mkdir()
        except (OSError, ValueError) as error:
            raise _error(wanted, error) from None
        with ExitStack() as stack:
            with suppress(OSError):  # without locks nobody can tell whether it is in use, and nobody removes it
                stack.enter_context(locked(own / _LOCK))
            yield Output(wanted, folder)
    except BaseException:
        remove(own)
        if created:
            with suppress(OSError, ValueError):  # another build may write there too; a name with NUL
                wanted.rmdir()
        raise
    remove(own)


def _remove_left(directory: Path) -> None:
    """Remove the folders of builds that were killed: those that have our name and our lock, which nobody holds."""
    for left in directory.glob(f"{_PREFIX}*"):
        lock = left / _LOCK
        with suppress(OSError):  # there is none, or it is another user's
            status = lock.lstat()
            if left.is_symlink() or not stat.S_ISREG(status.st_mode) or time.time() - status.st_mtime < _NEW:
                continue
            with locked(lock) as unused:
                pass
            if unused:  # after the lock: Windows removes no open file
                shutil.rmtree(left, ignore_errors=True)


def _error(path: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(
        f"the output cannot be written to {ascii(str(path))[1:-1] if chr(0) in str(path) else path}: {reason}",
        hint="check the path, its permissions, and the space on its disk",
    )
