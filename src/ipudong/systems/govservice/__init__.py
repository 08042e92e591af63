"""Online government service (政府网络服务): what it does, for whom; task 5 of the plan."""
