"""Electronic supervision: judges cases by their events alone and explains every card it raises."""
