"""Instructions per request, counted by callgrind."""
