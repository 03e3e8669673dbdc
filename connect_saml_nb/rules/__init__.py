"""The judgement: one rule for each question."""
