"""Which of the house's two languages the reader reads."""

from django.utils.translation import get_language


def reads_chinese() -> bool:
    """Whether the page at hand is in Chinese, as it is where nobody chose."""
    return (get_language() or "zh").startswith("zh")
