"""ai-sessions: drive AI coding agents from the shell, with proof, memory and a bill."""

__version__ = "0.1.0"
