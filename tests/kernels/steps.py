"""What one step of each layout's walk does, as docs/model.md, section 3, says it."""

READ_FROM = ("12.2.0", "14.0.6")  # versions of gcc and clang
LOADS_AND_STORES = {"flat_array": (7, 3), "chained_scatterlist": (9, 3), "sg_ring": (10, 4)}
