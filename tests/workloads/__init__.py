"""Requests as drivers ask for them."""
