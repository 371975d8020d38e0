"""Running other programs: one way to start, watch and end whatever is not our own code.

Start-up counts here, in our process and in the supervisor's: this module imports nothing.
"""
