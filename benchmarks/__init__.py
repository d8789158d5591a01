"""The calibration agent: measures vLLM on the hardware at hand, as few minutes as possible."""
