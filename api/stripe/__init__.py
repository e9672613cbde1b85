"""The payment provider's webhook."""
