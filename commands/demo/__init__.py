"""The case as a story: recorded with invented keys and dates, then asked."""
