"""`python -m ipudong` is the `ipudong` command."""

from ipudong.config.command import main

main()
