"""Verification: an audit of any source against what the auditor brings, in ten steps."""
