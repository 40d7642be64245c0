"""The pages of webhooks: out, in, and what may leave in the clear."""
