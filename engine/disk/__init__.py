"""Files of a base: where they lie, who may write, and how they are written durably."""
