"""Turns a figure's SVG file into a small element of a page with unique ids and its colours.

Its text comes from matplotlib, which escapes it; comments and metadata, which repeat it, are
dropped.
"""

import hashlib
import re
from io import StringIO
from itertools import count

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from reports.figures.style import COLOURS, DARK, FAINT, INK, LIGHT, PAPER, QUIET, SETTINGS

INKS = {  # a colour of the figures: the page's variable that replaces it
    INK: "--ink",
    QUIET: "--quiet",
    FAINT: "--faint",
    PAPER: "--paper",
    **{colour: f"--series-{at}" for at, colour in enumerate(COLOURS, 1)},
}
UNSHOWN = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>|<title/>", re.DOTALL)
BETWEEN = re.compile(r">\s+<")
LINES = re.compile(r" ?\n")  # inside a path
# Of a point a hundredth is not seen; scales are below 1 and keep their digits
DECIMALS = re.compile(r"(?<![\d.])([1-9]\d*\.\d\d)\d+")
ID = re.compile(r'\s+id="([^"]*)"')
REFERENCE = re.compile(r'(url\(#|href="#)([^")]*)')
STYLE = re.compile(r'\bstyle="([^"]*)"')


def whole(figure: Figure) -> str:
    """A figure as an SVG file, the same for the same data."""
    file = StringIO()
    with mpl.rc_context(SETTINGS):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def darkened(svg: str) -> str:
    """The same file in the colours of a dark page."""
    for light, dark in zip(LIGHT, DARK, strict=True):
        svg = svg.replace(light, dark)
    return svg


def inline(svg: str, prefix: str) -> Markup:
    """An SVG file as an element; ``prefix`` makes its ids unique on the page."""
    text = UNSHOWN.sub("", svg[svg.index("<svg") :])
    text = DECIMALS.sub(r"\1", LINES.sub(" ", BETWEEN.sub("><", text)))
    for colour, variable in INKS.items():
        text = text.replace(colour, f"var({variable})")
    return Markup(_with_sheet(_renamed(text, prefix)))  # noqa: S704  (matplotlib's own output)


def _renamed(text: str, prefix: str) -> str:
    """The element with short ids, and only those that are referenced."""
    number, names = count(), dict[str, str]()
    for _, name in REFERENCE.findall(text):
        if name not in names:
            names[name] = f"{prefix}-{next(number)}"
    text = ID.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", text)
    return REFERENCE.sub(lambda found: f"{found[1]}{names[found[2]]}", text)


def _with_sheet(text: str) -> str:
    """The element with classes for styles, which matplotlib repeats at every mark."""
    rules: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        rules[found[1]] = f"s{hashlib.sha256(found[1].encode()).hexdigest()[:6]}"
        return f'class="{rules[found[1]]}"'

    text = STYLE.sub(named, text)
    sheet = "".join(f".{name}{{{style}}}" for style, name in rules.items())
    start = text.index(">") + 1
    return f"{text[:start]}<style>{sheet}</style>{text[start:]}"
