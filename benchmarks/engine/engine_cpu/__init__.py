"""A vLLM for this machine's processor, to try out and to test the calibration."""
