"""Rates: named, dated reference rates that compare prices and never charge them."""
