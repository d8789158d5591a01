"""Suites as data: one YAML file each, read by ``benchmarks.design.suite``."""
