"""The wheels as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from pyo3_features_backend.author.matrix import svg as matrix_svg
from pyo3_features_backend.model.settings import Settings
from support.matrices import matrix


def test_the_picture_is_xml_with_a_mark_for_each_python() -> None:
    found = matrix(Settings(abi3t="3.15"))
    root = ElementTree.fromstring(matrix_svg.picture(found, "a <b>"))
    name = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{name}title") == "a <b>: 5 wheels for each platform"
    assert len(root.findall(f"{name}circle")) == sum(len(wheel.serves) for wheel in found.wheels)
    assert len(root.findall(f"{name}path")) == len(found.gaps)
    marks = [float(mark.get("cx", "0")) for mark in root.findall(f"{name}circle")]
    assert max(marks) < float(root.get("width", "0"))
