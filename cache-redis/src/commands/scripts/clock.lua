-- CLOCK(): the time here. Fails while the server loads or is busy, which `PING` does not.
return now()
