"""Pages of HTML: whatever a text says, it is shown as text and does nothing."""
