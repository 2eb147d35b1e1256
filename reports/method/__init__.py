"""How finely whole runs agree: what the files of ``bench.method`` show, as a table and figures."""
