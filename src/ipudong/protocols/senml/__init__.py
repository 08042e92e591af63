"""Sensor Measurement Lists (SenML, RFC 8428) in JSON and CBOR."""
