"""A vLLM for this machine's processor: to try the calibration out and to test it."""
