"""What every process of a district needs to be run: structured logs, probes, figures."""
