"""Entries and messages grouped into sign-ins, and how each of them ended."""
