"""The dashboard of `archwright serve`: studies and their live reports in a browser, read-only."""
