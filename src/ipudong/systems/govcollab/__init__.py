"""Government collaboration (政务资源协同): what it does, for whom; task 6 of the plan."""
