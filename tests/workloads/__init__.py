"""Requests of drivers."""
