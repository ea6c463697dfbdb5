"""What is booked: stored lines, batches of them for the accounting system, its answers."""
