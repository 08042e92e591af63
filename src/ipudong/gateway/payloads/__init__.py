"""What payloads mean: JSON, CBOR, SenML, bare numbers, Sparkplug B, LoRaWAN events, OwnTracks."""
