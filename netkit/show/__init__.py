"""Conversations to look at: the inspector's widgets and the pictures."""
