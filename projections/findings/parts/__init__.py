"""Common table expressions that rules name under `with`, one a file."""
