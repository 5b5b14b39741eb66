"""The planted frauds: fictitious firms, each fraud told in a sentence and found by a rule."""
