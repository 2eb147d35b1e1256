"""The kernel's side as of today: its queues, lists, and three ways to take descriptors."""
