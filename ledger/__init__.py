"""What is true: the signed events, the log they are in, and who may say what. Imports nothing."""
