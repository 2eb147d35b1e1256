"""The measurement of strategies: compiling, timing, counting, and the regression gate."""
