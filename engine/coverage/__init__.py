"""Who leads, who lags and what is missed: figures over the articles of many stories."""
