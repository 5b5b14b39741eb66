"""Rules, one SQL file each, and in `parts/` what several of them read by."""
