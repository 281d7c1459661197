"""The promises at full size. Small forms of the same parts run in `make test`."""
