"""A newsroom's window on a base: a JSON API, web pages and feeds, served from the live generation.

FastAPI, uvicorn and Jinja come with the extra ``serve`` and are imported only in here.
"""
