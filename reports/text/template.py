"""The Jinja environment of the page templates."""

import jinja2

from reports.text import wording


def environment() -> jinja2.Environment:
    """The environment that renders the templates; an undefined name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports"),
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
