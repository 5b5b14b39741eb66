"""The submission service: signed events from other parties, over HTTP."""
