"""The observation store: batches, journal, lake and history of readings. It knows no Django."""
