"""What several benchmarks stand on: processes on cores of their own, echoes to compare with."""
