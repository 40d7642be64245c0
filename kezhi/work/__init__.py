"""What people have to do: tasks, the team's lists, the Today page. Imports records and below."""
