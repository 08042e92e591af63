"""`python -m ipudong.config.supervised gateway`: a part that ends when its supervisor does."""

from ipudong.config.command import main
from ipudong.operations.lifeline import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    main()
