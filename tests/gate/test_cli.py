"""The gate's command line as recorded in its file."""

import pytest

from bench.gate.cli import again
from bench.options import UsageError, percentage

COMMIT = "0123456789abcdef"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "--base 0123456789ab"),
        ("--quick -o a.gate.json.gz", "--quick --base 0123456789ab"),
        ("--base v0.3 --output b.json", "--base v0.3"),
        ("--base=v0.3 --output=b.json --forms", "--base=v0.3 --forms"),
        ("-ob.json --baseline x.json.gz", "--baseline x.json.gz"),
    ],
)
def test_the_command_to_repeat_names_its_base_and_no_file(words: str, says: str) -> None:
    """The file exists now, and the merge base may move."""
    assert again(words.split(), COMMIT) == f"python -m bench.gate {says}"


@pytest.mark.parametrize("text", ["0.5", "-1%", "101%", "x%", "nan%", ""])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    """With the option's name and an example."""
    with pytest.raises(UsageError, match=r"--band .*: give a percentage, such as 0.5%"):
        percentage("--band", text)
    assert percentage("--band", "0.5%") == 0.005
