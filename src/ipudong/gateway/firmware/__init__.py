"""Firmware for devices: the files of packages, with ranges."""
