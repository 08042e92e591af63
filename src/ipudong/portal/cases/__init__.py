"""The work desk of clerks: tasks, cases and what is done about them."""
