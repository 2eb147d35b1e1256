"""This repository's own documents: the tables and figures that are made from results."""
