"""JT/T 808 (2011, 2013, 2019): vehicle terminals and their platform, bytes to messages and back."""
