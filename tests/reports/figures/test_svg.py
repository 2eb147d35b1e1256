"""A figure within a page is small, and its ids are its own."""

import re

from reports.figures import svg

SVG = """<?xml?><svg width="1"><metadata>made</metadata>
<defs> <path id="a" d="M 1.23456 0.0156
L 2 3" style="fill: #0072b2"/></defs>
<g id="unused"><use xlink:href="#a" clip-path="url(#b)" style="fill: #0072b2"/></g>
<clipPath id="b"/></svg>"""


def test_inlined_figures_keep_their_references() -> None:
    """Ids and references to them are renamed together; unreferenced ids are dropped."""
    inlined = str(svg.inline(SVG, "one"))
    assert 'id="one-0"' in inlined
    assert 'xlink:href="#one-0"' in inlined
    assert 'clip-path="url(#one-1)"' in inlined
    assert '<clipPath id="one-1"/>' in inlined
    assert "unused" not in inlined
    assert inlined.startswith('<svg width="1"><style>')


def test_inlined_figures_are_small_and_follow_the_page() -> None:
    """Equal styles share a class, points have two decimals, scales all; colours are the page's."""
    inlined = str(svg.inline(SVG, "one"))
    rules = re.findall(r"\.(s[0-9a-f]{6})\{fill: var\(--series-1\)\}", inlined)
    assert len(rules) == 1
    assert inlined.count(f'class="{rules[0]}"') == 2
    assert 'd="M 1.23 0.0156 L 2 3"' in inlined
    assert "#0072b2" not in inlined
    assert "made" not in inlined
