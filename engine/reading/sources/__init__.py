"""Where inputs come from: files, archives, databases and the web."""
