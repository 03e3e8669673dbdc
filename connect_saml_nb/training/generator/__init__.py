"""How a practice case is made: a world, a plan with its faults, a recording, an exporter's manner.

Nothing here knows the rules: the answer to a case follows from what was put into it (docs/contract.md, 1a).
"""
