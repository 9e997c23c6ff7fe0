"""Lets ``python -m engine.cli`` run the program where its command is not installed."""

from engine.cli.main import main

main()
