"""Pages of engagement: the composer and the page to record a follow-up on a phone."""
