"""HTTP and sockets on the wire: daphne with back-pressure, and the bridge from it to the WSGI handler."""
