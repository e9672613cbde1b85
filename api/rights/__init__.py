"""The rights of the person: a full copy, erasure, legal holds, closing the account."""
