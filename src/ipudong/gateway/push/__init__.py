"""HTTP push: line protocol as InfluxDB takes it, CSV, and JSON; durable before it is answered."""
