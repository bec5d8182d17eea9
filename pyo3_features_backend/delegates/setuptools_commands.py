"""setuptools' commands with the plan in them, as subclasses in ``dist.cmdclass`` (what setuptools-rust does, too)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from .setuptools_rust import Instruction


class Session(Protocol):
    """What the commands ask of the build that is under way."""

    instruction: Instruction | None

    def limited_api(self, command: Any, given: object) -> object:
        """What ``bdist_wheel`` gets as py_limited_api, with ``given`` the user's."""


def install(distribution: Any, session: Session) -> None:
    """Put the subclasses over whatever commands the distribution has, setuptools-rust's and the user's."""
    for name, make in (("bdist_wheel", _bdist_wheel), ("build_ext", _build_ext), ("build_rust", _build_rust)):
        distribution.cmdclass[name] = make(distribution.get_command_class(name), session)


def _bdist_wheel(base: Any, session: Session) -> Any:
    class planned_bdist_wheel(base):  # type: ignore[misc]
        # setuptools-rust's subclass has no name, so options are looked up under its class's: an editable build, which
        # initialises the command a second time, then loses [bdist_wheel] py_limited_api.
        command_name = "bdist_wheel"
        py_limited_api: Any

        def finalize_options(self) -> None:
            # Kept back from setuptools' own check, which fails on a free-threaded 3.14 before anything is decided.
            given, self.py_limited_api = self.py_limited_api, False
            super().finalize_options()
            self.py_limited_api = session.limited_api(self, self.py_limited_api or given)

        def get_tag(self) -> tuple[str, str, str]:
            if session.instruction and session.instruction.tag and not self.root_is_pure:
                python, abi, known = session.instruction.tag
                return python, abi, known or str(self.plat_name).replace("-", "_").replace(".", "_").lower()
            python, abi, platform = super().get_tag()
            if session.instruction and session.instruction.abi3t and abi == "abi3":
                abi = "abi3.abi3t"  # setuptools writes it with a free-threaded Python only
            return python, abi, platform

    return planned_bdist_wheel


def _build_rust(base: Any, session: Session) -> Any:
    class planned_build_rust(base):  # type: ignore[misc]
        command_name = "build_rust"

        def get_dylib_ext_path(self, ext: Any, target_fname: str) -> str:
            path = str(super().get_dylib_ext_path(ext, target_fname))
            if session.instruction and session.instruction.suffix:
                return str(Path(path).with_name(target_fname.split(".")[-1] + session.instruction.suffix))
            if session.instruction and session.instruction.abi3t:
                # An .abi3.so is invisible to a free-threaded Python; .abi3t.so is imported by both (PEP 803).
                file = Path(path)
                path = str(file.with_name(file.name.replace(".abi3.", ".abi3t.").replace(".abi3-", ".abi3t-")))
            return path

    return planned_build_rust


def _build_ext(base: Any, session: Session) -> Any:
    class planned_build_ext(base):  # type: ignore[misc]
        command_name = "build_ext"

        force: Any

        def copy_extensions_to_source(self) -> None:
            # An editable build's last step. copy_file leaves a file alone that seems to be newer, whatever is in it.
            given, self.force = self.force, True
            super().copy_extensions_to_source()
            self.force = given

        def get_outputs(self) -> list[str]:
            return list(self.get_output_mapping()) if self.inplace else list(super().get_outputs())

        def get_output_mapping(self) -> dict[str, str]:
            """setuptools' own and the Rust extensions: a strict editable install links only what is listed here."""
            mapping: dict[str, str] = dict(super().get_output_mapping())
            if self.inplace and session.instruction:
                for inside, file in _built(self):
                    mapping[str(Path(self.build_lib, inside))] = file
            return mapping

    return planned_build_ext


def _built(build_ext: Any) -> list[tuple[str, str]]:
    """(path within the library folder, file in the source tree) of what an editable build of Rust left."""
    build_rust = build_ext.get_finalized_command("build_rust")
    build_py = build_ext.get_finalized_command("build_py")
    found: list[tuple[str, str]] = []
    for ext in build_ext.distribution.rust_extensions:
        if ext.binding.name == "Exec":
            continue
        package = ext.name.rpartition(".")[0]
        build_rust.inplace = True
        files = [(package, Path(build_rust.get_dylib_ext_path(ext, ext.name)))]
        generated: dict[str, str] = getattr(ext, "generated_files", {})  # setuptools-rust 1.11 has none
        for source, where in generated.items():
            top = Path(build_py.get_package_dir(where), Path(source).name)
            below = [file for file in top.rglob("*") if file.is_file()] if top.is_dir() else [top]
            files += [(".".join([where, *file.parent.relative_to(top.parent).parts]), file) for file in below]
        found += [
            ("/".join([*filter(None, where.split(".")), file.name]), str(file))
            for where, file in files
            if file.is_file()
        ]
    return found


def source_stem(command: Any, name: str) -> Path:
    """Where an editable build writes the extension ``name``, less its suffix."""
    package, _, module = name.rpartition(".")
    return Path(command.get_finalized_command("build_py").get_package_dir(package)).resolve() / module
