"""What `make run` needs where no service is installed: data directory, PostgreSQL, Valkey, processes."""
