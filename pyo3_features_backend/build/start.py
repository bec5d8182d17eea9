"""What a front end asks for. An sdist needs no more, so this imports nothing that only a plan needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from ..facts import interpreter, project, settings
from ..model.settings import ConfigSettings, Settings
from ..model.words import DelegateName
from .requirements import delegate_of


class Hook(NamedTuple):
    """A hook of the delegate with its arguments. ``directory`` is the one in which the hook writes its result."""

    name: str
    directory: str
    config_settings: ConfigSettings | None
    metadata_directory: str | None = None

    @property
    def editable(self) -> bool:
        """Whether the hook builds an editable wheel."""
        return self.name == "build_editable"


class Start(NamedTuple):
    """What is known before any tool runs. The settings are checked, but the target Python is not known yet."""

    project: project.Project
    declared: settings.Declared
    delegate: DelegateName
    config_settings: ConfigSettings | None

    @property
    def settings(self) -> Settings:
        """The settings for the Python that runs the hook: a cross build's target can have others."""
        return self.declared.for_target(interpreter.running())

    @classmethod
    def read(cls, root: Path, config_settings: ConfigSettings | None) -> Start:
        """Read the project in ``root`` and find its delegate. Raises a :class:`BackendError`."""
        loaded = project.load(root)
        declared = settings.read(loaded.table, loaded.text, os.environ, config_settings)
        return cls(
            project=loaded,
            declared=declared,
            delegate=delegate_of(loaded, declared.delegate),
            config_settings=config_settings,
        )
