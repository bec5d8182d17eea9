"""Compiles the changed Rust sources of an editable install when its extension module is imported.

:mod:`build.editable` copies this package into editable wheels, so it imports nothing but the standard library and
itself, and it works when the build environment is gone. Each start of Python imports this module, so it contains only
what a start needs. :mod:`.loader` loads the modules, :mod:`.check` checks whether anything changed, and :mod:`.compile`
compiles, with cargo (:mod:`.cargo`).

Two files for each extension module are next to the copy: NAME.json, how to compile it, and NAME.record, the metadata of
the inputs of the last compile.
"""

import sys


class Finder:
    """Gives the extension modules ``names`` a loader that compiles them first."""

    def __init__(self, names):  # type: ignore[no-untyped-def]  # typing would make each start of Python slower
        self.names, self.origin, self.loaded = frozenset(names), __file__, set()

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        """The spec of the other finders with this loader; None if the module is not one of ``names``."""
        if fullname not in self.names:
            return None
        from .loader import spec

        return spec(self, fullname, path, target)


def install(*names):  # type: ignore[no-untyped-def]
    """Compile the extension modules ``names`` when they are imported. The .pth file calls this."""
    if not any(getattr(finder, "origin", None) == __file__ for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder(names))  # type: ignore[no-untyped-call]
