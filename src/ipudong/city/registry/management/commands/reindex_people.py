"""`ipudong django reindex_people`: the keys of document numbers anew, after the key was changed."""

from typing import Any

from django.core.management.base import BaseCommand

from ipudong.city.registry.services.reindexing import reindex_people


class Command(BaseCommand):
    """Rebuild the index of document numbers."""

    help = "Rebuild the index by which document numbers are found, with the key in force."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild all; again changes nothing."""
        self.stdout.write(f"{reindex_people(by='system:console'):,}")
