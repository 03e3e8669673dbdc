"""Opening inputs and writing files."""
