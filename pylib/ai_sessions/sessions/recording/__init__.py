"""Sessions as files in RECORD_DIR: Markdown for people, JSON for programs.

The log of a session is the truth; these files are copies of it that can always be made again.
"""
