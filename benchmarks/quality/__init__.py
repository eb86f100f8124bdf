"""How good the pictures are: ``python -m benchmarks.quality --help``."""
