"""The hooks that make something: let the delegate work, and verify."""

from __future__ import annotations

from pathlib import Path

from . import gather
from ..delegates import maturin as delegate_maturin
from ..errors import BackendError
from .gather import Facts
from .interrupts import handled
from ..model.settings import ConfigSettings
from .steps import Hook, NoRoom, stop_on_errors

@handled()
def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable one (PEP 660); returns its file name."""
    begun = gather.start(Path.cwd(), config_settings)
    hook = Hook("build_editable" if editable else "build_wheel", wheel_directory, config_settings, metadata_directory)
    if begun.delegate == "maturin":
        from .maturin import make
    else:
        from .setuptools import make
    try:
        name, facts = make(begun, hook, cache=True)
    except NoRoom:
        name, facts = make(begun, hook, cache=False)
    from .. import verify

    wheel = Path(wheel_directory, name)
    try:
        if "tags" in facts.settings.verify:
            verify.tags(wheel, facts.plan)
        if "import" in facts.settings.verify and not editable:
            verify.imports(wheel, facts.target)
    except BackendError:
        wheel.unlink()
        raise
    return name


@handled()
def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info (with maturin also the planned tag); returns its folder's name."""
    begun = gather.start(Path.cwd(), config_settings)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    if begun.delegate != "maturin":
        from ..delegates import setuptools_session

        session = setuptools_session.Session(begun.project, config_settings, None)
        return setuptools_session.hook(name, session, metadata_directory, config_settings)
    facts = gather.for_maturin(begun.project, config_settings)
    stop_on_errors(facts, quiet=True)
    with gather.rust():
        return delegate_maturin.hook(
            name,
            metadata_directory,
            facts.passed,
            env=facts.plan.env,
            failed="maturin could not write the metadata",
            hint="its own messages are above",
        )


@handled()
def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; the plan plays no part in it, but broken settings are an error here too."""
    begun = gather.start(Path.cwd(), config_settings)
    if begun.delegate != "maturin":
        from ..delegates import setuptools_session

        session = setuptools_session.Session(begun.project, config_settings, None)
        return setuptools_session.hook("build_sdist", session, sdist_directory, config_settings)
    with gather.rust():
        return delegate_maturin.hook(
            "build_sdist",
            sdist_directory,
            None,
            env={},
            failed="maturin could not make the sdist",
            hint="its own messages are above",
        )
