"""How finely whole runs agree: what ``bench.studies.method`` kept, as a table and figures."""
