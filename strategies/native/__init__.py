"""The C twin: every layout's kernels once more, in C, as the system's compilers make them.

A C file here has the name of its strategy's file and defines the same kernels under the same
contract (``strategies``, ``abi.h``). ``model.h`` has the structs, ``virtio_ring.h`` and
``mapping.h`` what layouts share, ``forms.h`` how a decision of the compiler is forced. Without a
compiler nothing here is needed. Nothing here imports numba.
"""
