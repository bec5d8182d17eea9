"""Adds files to a built wheel."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def add(wheel: Path, files: Mapping[str, bytes]) -> None:
    """Add ``files`` (name -> content) to ``wheel``, and to its RECORD (PyPA specifications, "Recording installed
    projects"). They get the time of RECORD, so that the same content gives the same wheel. Raises :class:`OSError`.
    """
    temporary = wheel.with_name(f"{wheel.name}.{os.getpid()}")
    try:
        with ZipFile(wheel) as old, ZipFile(temporary, "w", ZIP_DEFLATED) as new:
            record = next(info for info in old.infolist() if info.filename.endswith(".dist-info/RECORD"))
            for info in old.infolist():
                if info is not record:
                    new.writestr(info, old.read(info))
            rows = old.read(record).decode().rstrip("\n").split("\n")
            for name, data in sorted(files.items()):
                info = ZipInfo(name, record.date_time)
                info.external_attr, info.compress_type, info.create_system = 0o100644 << 16, ZIP_DEFLATED, 3
                new.writestr(info, data)
                rows.append(f"{name},{_hash(data)},{len(data)}")
            new.writestr(record, "\n".join(rows) + "\n")
        temporary.replace(wheel)
    finally:
        temporary.unlink(missing_ok=True)


def _hash(data: bytes) -> str:
    return "sha256=" + urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
