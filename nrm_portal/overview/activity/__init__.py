"""What a desk has done in a period: counted from cases where the portal knows, from work notes where not."""
