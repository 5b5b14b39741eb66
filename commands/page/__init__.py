"""The verifier page: one HTML file that judges an evidence file in a browser, without a network."""
