"""Layouts of a user, in files outside this checkout, compiled and compared as those in it are.

A layout is a Python file with ``STRATEGIES``, a C file of the kernels' ABI, or an object file or
static library with the kernels in it. Files of one name are one layout by several compilers. What
the kernels do is the contract of ``strategies``; ``docs/your-layout.md`` is the way in.

Nothing that was compiled of such a file is kept, so no edit of what it includes goes unseen.
"""


class OutsideError(Exception):
    """A file that holds no layout that can be measured; the text names it and the remedy."""
