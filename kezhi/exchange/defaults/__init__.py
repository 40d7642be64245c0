"""What import ships with: words that headings are made of. Data, not behaviour."""
