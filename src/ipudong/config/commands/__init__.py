"""One module a subcommand of `ipudong`."""
