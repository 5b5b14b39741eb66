"""What rule packs say of a model or a shipment: facts with their entries in, steps out. Pure.

Only `gather` reads the read models. A step is what a pack of a date says, never a verdict.
"""
