"""Declared forms: JSON Schema and layout in one file; checked, rendered and resumed alike."""

from ipudong.city.casework.forms.cleaning import Cleaned
from ipudong.city.casework.forms.errors import FormError
from ipudong.city.casework.forms.form import Form, load_form
from ipudong.city.casework.forms.problems import Problem

__all__ = ["Cleaned", "Form", "FormError", "Problem", "load_form"]
