"""What casts doubt on numbers, and what does not."""
