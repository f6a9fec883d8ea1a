"""Live updates: from the outbox to every open socket, without a silent gap.

`feed` (in the relay) turns events into packets and publishes them; `bus` carries them; `hub` (one per
server process) hands each to its sockets and re-reads the outbox for whatever the bus lost; `consumers`,
`visitors` and `cable` are the three doors.
"""
