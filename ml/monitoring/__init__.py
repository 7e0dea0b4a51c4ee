"""Checks of a live model by window, and the rule that decides when to train again."""
