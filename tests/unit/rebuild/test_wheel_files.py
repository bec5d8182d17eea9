"""Files that are added to a wheel."""

from __future__ import annotations

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

from pyo3_features_backend.rebuild import wheel_files


def test_a_wheel_with_added_files_has_them_in_its_record_and_is_the_same_each_time(tmp_path: Path) -> None:
    made = []
    for number in range(2):
        wheel = tmp_path / f"{number}.whl"
        with zipfile.ZipFile(wheel, "w") as packed:
            packed.writestr(zipfile.ZipInfo("demo/__init__.py", (2020, 1, 1, 0, 0, 0)), "pass")
            packed.writestr(
                zipfile.ZipInfo("demo-1.dist-info/RECORD", (2020, 1, 1, 0, 0, 0)),
                "demo/__init__.py,sha256=x,4\ndemo-1.dist-info/RECORD,,\n",
            )
        wheel_files.add(wheel, {"b.pth": b"import b\n", "b/x.json": b"{}"})
        made.append(wheel.read_bytes())
        with zipfile.ZipFile(wheel) as packed:
            assert packed.namelist() == ["demo/__init__.py", "b.pth", "b/x.json", "demo-1.dist-info/RECORD"]
            rows = packed.read("demo-1.dist-info/RECORD").decode().splitlines()
        digest = urlsafe_b64encode(hashlib.sha256(b"{}").digest()).rstrip(b"=").decode()
        assert rows[:2] == ["demo/__init__.py,sha256=x,4", "demo-1.dist-info/RECORD,,"]
        assert f"b/x.json,sha256={digest},2" in rows
    assert made[0] == made[1]
