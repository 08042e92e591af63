"""Vehicle terminals that speak JT/T 808: TCP and UDP servers, reports in bulk, commands."""
