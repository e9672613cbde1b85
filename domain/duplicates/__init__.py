"""Duplicates: a facility that two registers tell of, merged by two officers or told apart."""
