"""The rights of the person: a full copy, erasure by four eyes, legal holds, closing the account."""
