"""The line protocol of InfluxDB: one point a line, parsed one by one or as whole columns."""
