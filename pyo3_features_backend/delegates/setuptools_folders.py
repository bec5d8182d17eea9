"""The folders that setuptools builds in, for a build that takes nothing from an older one.

setuptools copies and compiles into ``build/`` beside setup.py only what is newer than what lies there, and packs all
that lies there. So each of our builds has an empty folder of its own in place of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Where a wheel's files lie on their way into it, by the names that setuptools' commands have for them as options, and
# the option to take what lies there already.
_OPTIONS = frozenset(
    {
        *("build_base", "build_purelib", "build_platlib", "build_lib", "build_scripts", "build_temp"),
        *("build_clib", "build_dir", "bdist_base", "bdist_dir", "skip_build"),
    }
)
# setuptools' commands that have one of them. A command of the project's own may mean something else by such a name.
_COMMANDS = (
    *("build", "build_py", "build_ext", "build_clib", "build_scripts", "build_rust"),
    *("bdist", "bdist_wheel", "install", "install_lib", "install_scripts"),
)


def install(distribution: Any, folder: Path) -> None:
    """Let every command of ``distribution`` build in ``folder``, whatever the user's options say.

    All the other folders come from those of `build`, unless an option names them. The command line is read after this,
    so the options are dropped when the first of the commands is made.
    """
    for name in ("build", "bdist", "bdist_wheel"):
        distribution.cmdclass[name] = _without_options(distribution.get_command_class(name), name)
    distribution.cmdclass["build"] = _build(distribution.get_command_class("build"), folder)
    distribution.cmdclass["build_ext"] = _build_ext(distribution.get_command_class("build_ext"), folder)
    distribution.cmdclass["egg_info"] = _egg_info(distribution.get_command_class("egg_info"), folder)


def _without_options(base: Any, name: str) -> Any:
    class fresh_command(base):  # type: ignore[misc]
        command_name = name

        def initialize_options(self) -> None:
            for command in _COMMANDS:
                options = self.distribution.get_option_dict(command)
                for option in _OPTIONS & options.keys():
                    del options[option]
            super().initialize_options()

    return fresh_command


def _build(base: Any, folder: Path) -> Any:
    class fresh_build(base):  # type: ignore[misc]
        def initialize_options(self) -> None:
            super().initialize_options()
            self.build_base = str(folder / "build")

    return fresh_build


def _build_ext(base: Any, folder: Path) -> Any:
    class fresh_build_ext(base):  # type: ignore[misc]
        command_name = "build_ext"

        def build_extension(self, ext: Any) -> None:
            # cffi writes its source into build_temp, and debugging information holds that path: under a name of chance
            # no two wheels would be the same. With this option of gcc and clang it is the path below build/ again.
            made = any(Path(source).is_relative_to(folder) for source in ext.sources)
            if made and self.compiler.compiler_type == "unix":
                ext.extra_compile_args = [*(ext.extra_compile_args or ()), f"-fdebug-prefix-map={folder}/="]
            super().build_extension(ext)

    return fresh_build_ext


def _egg_info(base: Any, folder: Path) -> Any:
    class fresh_egg_info(base):  # type: ignore[misc]
        command_name = "egg_info"
        egg_base: Any
        egg_info: Any

        def finalize_options(self) -> None:
            # The metadata hooks and editable builds have a folder of their own for it.
            options: Mapping[str, tuple[str, str]] = self.distribution.get_option_dict("egg_info")
            in_tree = self.egg_base in (None, options.get("egg_base", ("", None))[1])
            super().finalize_options()
            if in_tree:
                listed = Path(self.egg_info, "SOURCES.txt")
                self.egg_base = str(folder)
                self.egg_info = str(folder / listed.parent.name)
                self.ignore_egg_info_in_manifest = True
                _take_list(listed, Path(self.egg_info))

    return fresh_egg_info


def _take_list(listed: Path, folder: Path) -> None:
    """Copy an sdist's SOURCES.txt, which setuptools adds to what MANIFEST.in says of data files.

    In an sdist it is part of the source: it holds what a plug-in found in version control, for instance. In any other
    tree an older build left it, and it names files that nobody names any more.
    """
    if Path("PKG-INFO").is_file() and listed.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(listed, folder / listed.name)
