"""The optional compiled scan of agents' logs, made where there is a C compiler."""
