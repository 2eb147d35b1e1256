"""SHAPES of requests with their weights: a summary of captures, in a file that people can write.

``python -m workloads FILE... -o NAME.shapes.json`` makes one, ``python -m bench --shapes`` measures
it. docs/your-requests.md has the format, docs/shapes.schema.json the same as JSON schema.
"""
