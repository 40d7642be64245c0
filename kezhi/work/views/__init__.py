"""Pages of work: Today, the team, counts in the frame, acts on tasks."""
