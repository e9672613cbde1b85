"""Letters that confirm a booking to authorities: printed, signed, verified, revoked."""
