"""One question, one SQL file; `projections.questions` loads and runs them."""
