"""What the forced forms of a layout are, in the words of whoever reads a kernel's assembly."""

from collections.abc import Iterable

HISTORICAL = "outofline"
FORMS = {  # form: what its code does for a descriptor; others keep their name
    HISTORICAL: "as gcc of 2007 most likely made it: a call per descriptor (add_desc, sg_next)",
    "branch": "sg_next inlined, a link followed by a branch",
    "select": "sg_next inlined, a link followed by a conditional move",
}


def named(form: str) -> str:
    """A form by what it is, and by its name in brackets."""
    return f"{FORMS[form]} [{form}]" if form in FORMS else form


def ordered(forms: Iterable[str]) -> list[str]:
    """The forms, that of the time first."""
    return sorted(dict.fromkeys(forms), key=lambda form: form != HISTORICAL)
