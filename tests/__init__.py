"""Every test says in its docstring what it holds the suite to."""
