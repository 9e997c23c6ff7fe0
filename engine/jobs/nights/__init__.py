"""The nightly run: its check, what it alerts to, its approval, its replay."""
