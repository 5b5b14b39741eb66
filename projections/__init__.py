"""What follows from the log: three books, who is who, and questions. All of it can be rebuilt."""
