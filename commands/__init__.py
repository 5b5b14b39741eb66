"""What people type and see: one noun a file; `main.py` is the table to read first."""
