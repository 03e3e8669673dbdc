"""How a practice case is made: a scenario, a spec with its faults, a simulation, an exporter's file.

Nothing here knows the rules: the answer to a case follows from what was put into it. What can be chosen from stands in
TOML beside the code: faults, symptoms, distractors, earlier attempts, endings, scenarios, lessons.
"""
