"""What machine code says of itself: instructions, loops and their counts."""
