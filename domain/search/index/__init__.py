"""The index in memory: every listed offer, counted and paged exactly without a query.

Read `market` first: it says how the parts work together.
"""
