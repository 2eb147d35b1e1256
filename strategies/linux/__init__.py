"""The kernel's side: structs, virtqueue, lists, as Linux 2.6.24 has them."""
