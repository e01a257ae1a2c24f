"""What can be done at the telephone desk."""
