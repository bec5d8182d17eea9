"""The front end's output folder: a result appears in it only when it is complete and checked.

The delegate writes into a subfolder, so that a build that fails leaves nothing, and two builds into
one folder do not see each other's files.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import OutputError

_ATTEMPTS = 100


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
    try:
        wanted = wanted.absolute()
        created = not wanted.is_dir()
        wanted.mkdir(parents=True, exist_ok=True)
        folder = wanted / f".pyo3-features-backend-{os.getpid()}-{os.urandom(6).hex()}"
        folder.mkdir(mode=0o700)
    except (OSError, ValueError) as error:
        raise _error(wanted, error) from None
    try:
        yield Output(wanted, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if created:
            with suppress(OSError):  # another build may write there too
                wanted.rmdir()
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _error(path: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(
        f"the output cannot be written to {ascii(str(path))[1:-1] if chr(0) in str(path) else path}: {reason}",
        hint="check the path, its permissions, and the space on its disk",
    )
