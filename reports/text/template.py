"""The Jinja environment of the page templates, and the one script that a page may have."""

import base64
import hashlib

import jinja2
from markupsafe import Markup

from reports.text import wording

LOADER = jinja2.PackageLoader("reports")


def environment() -> jinja2.Environment:
    """The environment that renders the templates; an undefined name is an error."""
    environment = jinja2.Environment(
        loader=LOADER,
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "markdown": wording.markdown,
        "unbroken": wording.unbroken,
        "change": wording.change_with_half_width,
        "change_interval": wording.change_interval,
    }
    return environment


def script(name: str) -> dict[str, str]:
    """A template's script, and its hash for the page's security policy, which blocks all others."""
    text, _, _ = LOADER.get_source(environment(), name)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"script": Markup(text), "script_hash": f"sha256-{digest}"}  # noqa: S704  (ours)
