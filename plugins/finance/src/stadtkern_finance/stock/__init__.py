"""What the town holds: accounts, their numbers over time, rates, assessments."""
