"""Registers: public lists of facilities, read into batches that an officer looks at and applies."""
