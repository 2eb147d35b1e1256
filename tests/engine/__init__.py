"""The measuring engine with one mistake each, and the test that finds it."""
