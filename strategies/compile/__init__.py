"""From a kernel's source to its machine code."""
