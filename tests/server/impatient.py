"""The site with every deadline shortened to about a second; `python -m tests.server.impatient` serves it."""

import sys

from config.serving import channel, http, server
from tests.server.site import serve

server.CHECK_SECONDS = 0.2  # type: ignore[assignment]
# autobahn rounds a timeout down to whole seconds.
server.DEFAULTS |= {"ping_interval": 0.5, "ping_timeout": 2}
channel.STALL_SECONDS = 1
channel.LINGER_SECONDS = 1
http.HEADER_SECONDS = 1
http.BODY_SECONDS = 2
http.IDLE_SECONDS = 2

if __name__ == "__main__":
    serve(sys.argv[1:])
