"""Tables of casework, one file per subject."""
