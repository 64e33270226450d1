"""All figures: functions that take data and return a Figure. The only matplotlib imports."""
