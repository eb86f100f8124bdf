"""Our loop beside the reference's: see ``benchmarks.paint``."""
