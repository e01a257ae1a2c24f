"""Everything that changes agencies, people and what they may do. One module a noun."""
