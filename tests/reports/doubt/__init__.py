"""What is doubted, and what is not."""
