"""The company's own process and the demo company that shows it. Imports everything below."""
