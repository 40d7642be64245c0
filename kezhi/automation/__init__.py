"""Rules: what starts them, what they ask, what they do, and how they ran."""
