"""Diagnoses and comparisons as text, Markdown, JSON, HTML, drawings and tables."""
