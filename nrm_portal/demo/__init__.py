"""A believable demo: fictive people, clearly marked, made through the services people use."""
