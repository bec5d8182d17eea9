"""A matrix of wheels as a picture for a README: a row for each wheel, a column for each Python."""

from __future__ import annotations

from html import escape

from ..pythons import setup_python
from . import Matrix
from .formats import counted, ranges

_LEFT, _TOP, _CELL, _ROW = 210, 44, 52, 34
# Readable on a light page and on a dark one (GitHub shows either).
_STYLE = """
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #24292f; }
  .wheel { font-family: ui-monospace, monospace; }
  .bar { fill: #2f7d5b; } .dot { fill: #2f7d5b; stroke: #fff; stroke-width: 2; } .none { stroke: #c9364a; }
  .line { stroke: #8b949e; stroke-opacity: .35; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .bar { fill: #4cbf8e; } .dot { fill: #4cbf8e; stroke: #0d1117; } .none { stroke: #ff7b86; }
  }
"""


def picture(matrix: Matrix, name: str) -> str:
    """The matrix of the project ``name`` as an SVG document."""
    served = [target for wheel in matrix.wheels for target in wheel.serves]
    columns = list(dict.fromkeys([*served, *(gap.target for gap in matrix.gaps)]))
    order = ["cpython", "pypy", "graalpy"]
    columns.sort(key=lambda target: (order.index(target.implementation), target.free_threaded, target.version))
    at = {target: _LEFT + number * _CELL + _CELL // 2 for number, target in enumerate(columns)}
    width = _LEFT + len(columns) * _CELL + 12
    height = _TOP + (len(matrix.wheels) + bool(matrix.gaps)) * _ROW + 12
    title = f"{name}: {counted(len(matrix.wheels), 'wheel')} for each platform"
    about = "; ".join(f"{wheel.label} serves {ranges(wheel.serves)}" for wheel in matrix.wheels)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title about">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="about">{escape(about)}</desc>',
        f"<style>{_STYLE}</style>",
    ]
    for target, x in at.items():
        label = setup_python(target).replace("graalpy-", "gp").replace("pypy", "pp")
        lines.append(f'<text x="{x}" y="26" text-anchor="middle">{label}</text>')
    for number, wheel in enumerate(matrix.wheels):
        y = _TOP + number * _ROW + _ROW // 2
        places = sorted(at[target] for target in wheel.serves)
        lines.append(f'<line class="line" x1="8" x2="{width - 8}" y1="{y - _ROW // 2}" y2="{y - _ROW // 2}"/>')
        lines.append(f'<text class="wheel" x="12" y="{y + 5}">{escape(wheel.label)}</text>')
        for x, other in zip(places, places[1:]):
            if other - x == _CELL:
                lines.append(f'<rect class="bar" x="{x}" y="{y - 3}" width="{_CELL}" height="6"/>')
        lines += [f'<circle class="dot" cx="{x}" cy="{y}" r="8"/>' for x in places]
    if matrix.gaps:
        y = _TOP + len(matrix.wheels) * _ROW + _ROW // 2
        lines.append(f'<text x="12" y="{y + 5}">no wheel</text>')
        for gap in matrix.gaps:
            x = at[gap.target]
            cross = f"M{x - 5} {y - 5}l10 10m0 -10l-10 10"
            lines.append(f'<path class="none" d="{cross}" stroke-width="2"><title>{escape(gap.reason)}</title></path>')
    return "\n".join([*lines, "</svg>", ""])
