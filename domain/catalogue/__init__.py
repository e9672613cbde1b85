"""Catalogue: specialties, treatments, and what facilities offer at which price."""
