"""The resources of `/v1`, one module each."""
