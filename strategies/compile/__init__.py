"""From a kernel's source to its machine code: numba, and this machine's C compilers."""
