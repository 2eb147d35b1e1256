"""How closely whole runs agree: the data of ``bench.studies.method`` as a table and figures."""
