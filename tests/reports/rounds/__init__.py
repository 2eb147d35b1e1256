"""What is made of rounds."""
