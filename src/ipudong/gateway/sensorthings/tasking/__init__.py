"""SensorThings Part 2: Tasking Core: actuators, capabilities, tasks."""
