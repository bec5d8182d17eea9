"""The spec and the loader of an extension module that is compiled when it is imported."""

from __future__ import annotations

import os
import sys

from .check import VARIABLE, Unavailable, changed, file_of, read, record_file, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from . import Finder

SITE = os.path.dirname(os.path.dirname(__file__))  # where the wheel is installed


def spec(finder: Finder, fullname: str, path: Sequence[str] | None, target: Any) -> Any:
    """The spec of the other finders for ``fullname``, with a loader that compiles it if that is the installed file.

    This does not compile anything: programs that only look for a module call it, too.
    """
    others = (other for other in sys.meta_path if other is not finder and hasattr(other, "find_spec"))
    found: Any = next(filter(None, (other.find_spec(fullname, path, target) for other in others)), None)
    try:
        file = file_of(read(record_file(fullname)), SITE)
    except (OSError, ValueError, KeyError):
        return found  # the install is damaged; the module may still be there
    if not _is_at(file, found, path):
        return found
    if target is not None:  # importlib.reload
        ensure(finder, fullname)
    from importlib.machinery import ExtensionFileLoader

    class Loader(ExtensionFileLoader):
        def create_module(self, spec: Any) -> Any:
            ensure(finder, fullname)
            return super().create_module(spec)

    if found is None:
        from importlib.util import spec_from_file_location

        return spec_from_file_location(fullname, file, loader=Loader(fullname, file))
    found.loader = Loader(fullname, str(found.origin))
    return found


def ensure(finder: Finder, name: str) -> None:
    """Compile ``name`` if its inputs have changed. Raises :class:`ImportError` if that fails.

    If it cannot be compiled here, print a warning, and leave the file that is there.
    """
    if os.environ.get(VARIABLE, "").lower() in ("0", "false", "no", "off"):
        return
    record = read(record_file(name))
    file = file_of(record, SITE)
    why = changed(record, file)
    if why and name in finder.loaded:
        say(f"{name} is loaded already, and {why}: start a new process to import the new version")
    elif why:
        from .compile import rebuild

        try:
            rebuild(name, record_file(name), file)
        except ImportError as error:
            raise error.with_traceback(None) from None  # the traceback would bury what the compiler says
        except (Unavailable, OSError) as error:
            if not os.path.exists(file):
                raise ImportError(f"{name} cannot be compiled: {error}", name=name, path=file) from None
            say(f"warning: {why}, but {name} cannot be compiled: {error}; importing the old version")
    finder.loaded.add(name)


def _is_at(file: str, spec: Any, path: Sequence[str] | None) -> bool:
    """Whether ``spec`` is for ``file``; without a spec, whether the module would be found there."""
    if spec is not None:
        return bool(spec.origin) and os.path.realpath(spec.origin) == os.path.realpath(file)
    folder = os.path.realpath(os.path.dirname(file))
    return any(os.path.realpath(entry) == folder for entry in (sys.path if path is None else path))
